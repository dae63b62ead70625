//! Stories that are named on the command line: of the project's folder, of the catalog, or in a file.

use std::path::{Path, PathBuf};

use super::context::Context;
use super::files::{check_regular, list, regular};
use super::{input, settings};
use crate::catalog::{Catalog, SelectError, StoryText, names_story};
use crate::complaint::Complaint;
use crate::error::Error;
use crate::story::{self, ENDING, Story};
use crate::words;

/// The key that names the project's folder of stories.
const KEY: &[&str] = &["stories"];

/// Whether a word means a story: `superfolio/@hot-lead`, `@hot-lead`, `./story.toml`.
pub(super) fn is_story(word: &str) -> bool {
    word.ends_with(ENDING) || names_story(word)
}

/// Whether a word names no provider, and so may mean a story of the project.
fn is_bare(word: &str) -> bool {
    names_story(word) && !word.contains('/')
}

/// The story that a word means. One of the project goes before one of the catalog.
pub(super) fn find<'c>(context: &Context, catalog: &'c Catalog, word: &str) -> Result<Story<'c>, Error> {
    if word.ends_with(ENDING) {
        return of_text(catalog, &input::read_text(Path::new(word))?, Path::new(word), word);
    }
    let own = if is_bare(word) { own(context)? } else { Vec::new() };
    if let Some((name, path)) = own.iter().find(|(name, _)| name == word) {
        return of_own(context, catalog, path, name);
    }
    let text = catalog.story(word).map_err(|error| match error {
        SelectError::UnknownStory { typed, near } => {
            let own = words::nearest(&typed, own.iter().map(|(name, _)| name.as_str())).map(str::to_string);
            SelectError::UnknownStory { near: own.or(near), typed }
        }
        error => error,
    })?;
    read(catalog, &text)
}

/// The files of stories in a folder that is named in place of one.
pub(super) fn of_folder(folder: &Path) -> Result<Vec<String>, Error> {
    let files = files(folder)?;
    files.iter().try_for_each(|(_, path)| check_regular(path))?;
    let words: Vec<String> = files.iter().map(|(_, path)| path.display().to_string()).collect();
    if words.is_empty() {
        let what = format!("the folder {} holds no story", folder.display());
        return Err(Error::usage(what, format!("the file of a story ends in {ENDING}")));
    }
    Ok(words)
}

/// What is wrong with a word that names a file which can't be that of a story.
pub(super) fn of_other_ending(word: &str) -> Option<Error> {
    let what = format!("`{word}` is a file, and that of a story ends in {ENDING}");
    Path::new(word).is_file().then(|| Error::usage(what, "rename it"))
}

/// Every story: the project's own, then those of the catalog. One of the project that is wrong hides none of the others,
/// and is told.
pub(super) fn all<'c>(context: &Context, catalog: &'c Catalog) -> Result<Vec<Story<'c>>, Error> {
    let own = of_project(context, catalog)?.into_iter().filter(|story| match story {
        Ok(_) => true,
        Err(error) => {
            let what = error.to_string();
            let what = what.lines().next().unwrap_or_default();
            context.console.note(&format!("{what}; it is left out, and `hookproof doctor` shows where it stands"));
            false
        }
    });
    let of_catalog = catalog.stories().filter(|found| !needs_left_out(catalog, found));
    own.chain(of_catalog.map(|found| read(catalog, &found))).collect()
}

/// Each of the project's own stories, or what is wrong with it.
pub(super) fn of_project<'c>(context: &Context, catalog: &'c Catalog) -> Result<Vec<Result<Story<'c>, Error>>, Error> {
    Ok(own(context)?.iter().map(|(name, path)| of_own(context, catalog, path, name)).collect())
}

/// Whether one of the words means a story of the folder that the project's configuration names.
pub(super) fn are_of_project(context: &Context, words: &[String]) -> Result<bool, Error> {
    let is_of_file = settings::stories(context)?.is_some_and(|folder| folder.is_of_file());
    Ok(is_of_file
        && words.iter().any(|word| is_bare(word))
        && own(context)?.iter().any(|(name, _)| words.contains(name)))
}

/// The fault of a story of the catalog. One that only needs a broken folder has none.
pub(super) fn fault(catalog: &Catalog, found: &StoryText<'_>) -> Option<Complaint> {
    parse(catalog, found).err().filter(|complaint| !complaint.is_of_catalog())
}

/// True if a story of the catalog needs a provider whose folder is broken, which is reported already.
fn needs_left_out(catalog: &Catalog, found: &StoryText<'_>) -> bool {
    !catalog.left_out().is_empty() && parse(catalog, found).is_err_and(|complaint| complaint.is_of_catalog())
}

fn parse<'c>(catalog: &'c Catalog, found: &StoryText<'_>) -> Result<Story<'c>, Complaint> {
    story::read(found.text, &found.file, &found.full_name(), catalog, Some(&found.provider.id))
}

/// A story of the catalog.
pub(super) fn read<'c>(catalog: &'c Catalog, found: &StoryText<'_>) -> Result<Story<'c>, Error> {
    parse(catalog, found).map_err(|complaint| broken(&complaint))
}

/// The files of the project's folder of stories, each with what it is called: `@NAME`.
fn own(context: &Context) -> Result<Vec<(String, PathBuf)>, Error> {
    let Some(folder) = settings::stories(context)? else { return Ok(Vec::new()) };
    if let Some(project) = context.project()?.filter(|_| folder.is_of_file()) {
        if !folder.value.is_dir() {
            let what = format!("there is no folder {}", folder.value.display());
            return Err(project.complaint(KEY, &what).into());
        }
        project.inside(KEY, &folder.value)?;
    }
    files(&folder.value).map_err(|error| folder.blamed(error))
}

/// The files of a folder that are stories, each with what it is called as one of a project.
fn files(folder: &Path) -> Result<Vec<(String, PathBuf)>, Error> {
    let mut files = Vec::new();
    for path in list(folder)? {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if let Some(name) = name.strip_suffix(ENDING) {
            files.push((format!("@{name}"), path));
        }
    }
    files.sort();
    Ok(files)
}

/// A story of the project's folder, wherever that is set.
fn of_own<'c>(context: &Context, catalog: &'c Catalog, path: &Path, name: &str) -> Result<Story<'c>, Error> {
    let is_of_file = settings::stories(context)?.is_some_and(|folder| folder.is_of_file());
    let Some(project) = context.project()?.filter(|_| is_of_file) else { return of_file(catalog, path, name) };
    let text = input::text(project.read_file(KEY, path)?, path)?;
    Ok(story::read(&text, &path.display().to_string(), name, catalog, None)?)
}

fn of_file<'c>(catalog: &'c Catalog, path: &Path, name: &str) -> Result<Story<'c>, Error> {
    of_text(catalog, &input::text(regular(path)?, path)?, path, name)
}

fn of_text<'c>(catalog: &'c Catalog, text: &str, path: &Path, name: &str) -> Result<Story<'c>, Error> {
    Ok(story::read(text, &path.display().to_string(), name, catalog, None)?)
}

/// A story that stands in a catalog is a part of it, and a broken catalog is no wrong command.
fn broken(complaint: &Complaint) -> Error {
    Error::Untestable { message: complaint.to_string(), hint: complaint.hint().map(str::to_string) }
}
