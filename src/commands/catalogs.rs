//! The places of the user's own providers: reading them into one catalog, and reporting what is broken.
//!
//! A provider's folder that is broken is left out with a warning, and an error only for a command that needs it.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::context::Context;
use super::files::{self, list};
use super::project::Project;
use super::settings::{self, Origin, Setting};
use super::stories;
use crate::catalog::{Catalog, CatalogError, Folder, FolderRead, LeftOut, STORIES};
use crate::complaint;
use crate::console::Console;
use crate::error::Error;
use crate::{shell, words};

/// The most bytes that the files of a catalog have together.
const LARGEST_PLACE: usize = 64 << 20;
/// The most warnings that are printed one by one.
const MOST_WARNINGS: usize = 10;
/// The file that makes a folder a provider's.
const DESCRIPTION: &str = "provider.toml";

/// A warning that something of the user's own catalogs is not used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Warning {
    text: String,
    hint: String,
}

/// Reads the built-in catalog and the user's own, of which a later one wins. What is broken is left out, each with a
/// warning.
///
/// A place that is not there or cannot be read is an error if `--catalog` names it, since the user just typed it and
/// wants it used. A place of the variable, of the project's file or the user's own folder is a warning: it was set once
/// for all commands, and most of them do not need it. A place or file that a project may not name, such as a link to
/// the outside, is always an error.
pub(super) fn load(context: &Context) -> Result<(Catalog, Vec<Warning>), Error> {
    let mut catalog = Catalog::built_in()?;
    let (mut warnings, mut own, mut hints) = (Vec::new(), Vec::new(), BTreeMap::new());
    for place in settings::catalogs(context)? {
        match read_place(context, &place) {
            Ok(folders) => {
                let ids: Vec<String> = folders.into_iter().map(|folder| catalog.add(folder)).collect();
                hints.extend(ids.iter().map(|id| (id.clone(), hint(&place))));
                own.extend(ids);
            }
            Err(error) if is_fatal(&place, &error) => return Err(error),
            Err(error) => warnings.push(Warning::of_place(&place, &error)),
        }
    }
    withdraw_bad_stories(&mut catalog, &own);
    let of_folder = |left_out: &LeftOut| Warning {
        text: format!("{}; the provider `{}` is left out", left_out.fault, left_out.id),
        hint: hints.get(&left_out.id).cloned().unwrap_or_default(),
    };
    warnings.extend(catalog.left_out().iter().map(of_folder));
    Ok((catalog, warnings))
}

/// Prints the warnings, and behind the first ones how many more there are.
pub(super) fn tell(warnings: &[Warning], console: &Console) {
    for Warning { text, hint } in warnings.iter().take(MOST_WARNINGS) {
        console.note(text);
        console.say(&format!("  hint: {hint}"));
    }
    if warnings.len() > MOST_WARNINGS {
        let more = words::count(warnings.len() - MOST_WARNINGS, "other fault", "other faults");
        console.note(&format!("the catalogs have {more}; `hookproof doctor` reports all of them"));
    }
}

/// Reads the providers of one place.
pub(super) fn read_place(context: &Context, place: &Setting<PathBuf>) -> Result<Vec<FolderRead>, Error> {
    match context.project()?.filter(|_| place.is_of_file()) {
        Some(project) => of_project(project, &place.value),
        None => read(&place.value, &read_text).map_err(|error| place.blamed(error)),
    }
}

/// Reads the providers of a catalog of the project.
pub(super) fn of_project(project: &Project, place: &Path) -> Result<Vec<FolderRead>, Error> {
    const KEY: &[&str] = &["catalogs"];
    if !place.is_dir() {
        return Err(project.complaint(KEY, &format!("there is no folder {}", place.display())).into());
    }
    project.inside(KEY, place)?;
    project.providers(place, || {
        read(place, &|file| {
            String::from_utf8(project.read_file(KEY, file)?).map_err(|_| {
                let cause = io::Error::new(ErrorKind::InvalidData, "it is not UTF-8");
                Error::Read { path: file.to_path_buf(), cause }
            })
        })
    })
}

impl Warning {
    fn of_place(place: &Setting<PathBuf>, error: &Error) -> Self {
        let message = error.to_string();
        let text = complaint::lines(&message).first().copied().unwrap_or_default();
        let text = format!("{text}; the catalog {} is left out", place.value.display());
        Self { text, hint: error.hint().unwrap_or_else(|| hint(place)) }
    }
}

/// The command that reports on a place.
fn hint(place: &Setting<PathBuf>) -> String {
    match place.origin {
        Origin::Flag(flag) => {
            let folder = shell::argument(&place.value.display().to_string());
            format!("`hookproof doctor {flag} {folder}` reports on the catalog")
        }
        _ => "`hookproof doctor` reports on each catalog".to_string(),
    }
}

/// True if a place that cannot be used stops the command.
fn is_fatal(place: &Setting<PathBuf>, error: &Error) -> bool {
    match (&place.origin, error) {
        (Origin::Flag(_), _) => true,
        (Origin::File(_), Error::Complaint(_)) => place.value.is_dir(),
        _ => false,
    }
}

/// Withdraws the own providers that have a story with a fault. A story that needs a broken folder has none.
fn withdraw_bad_stories(catalog: &mut Catalog, own: &[String]) {
    let own = catalog.providers.iter().filter(|provider| own.contains(&provider.id));
    let fault = |complaint: complaint::Complaint| {
        let (file, line) = complaint.place();
        CatalogError { file: file.to_string(), line: Some(line), what: complaint.what().to_string() }
    };
    let bad: Vec<(String, CatalogError)> = own
        .filter_map(|provider| {
            let mut faults = provider.stories().filter_map(|story| stories::fault(catalog, &story));
            Some((provider.id.clone(), fault(faults.next()?)))
        })
        .collect();
    for (id, fault) in bad {
        catalog.withdraw(&id, fault);
    }
}

/// A way to read the text of a file.
type ReadText<'a> = &'a dyn Fn(&Path) -> Result<String, Error>;

/// Reads a folder of providers, or a single provider's. One without any is no fault if it is empty, and otherwise another
/// folder may be meant.
fn read(place: &Path, read_text: ReadText<'_>) -> Result<Vec<FolderRead>, Error> {
    if is_providers(place) {
        return Ok(vec![read_folder(place, &mut { LARGEST_PLACE }, read_text)?]);
    }
    let paths = list(place)?;
    let (mut folders, mut room) = (Vec::new(), LARGEST_PLACE);
    for path in paths.iter().filter(|path| is_providers(path)) {
        folders.push(read_folder(path, &mut room, read_text)?);
    }
    if folders.is_empty() && !paths.iter().all(|path| is_beside_providers(path)) {
        return Err(CatalogError {
            file: place.display().to_string(),
            line: None,
            what: format!("no provider is in this folder; expected PROVIDER/{DESCRIPTION}"),
        }
        .into());
    }
    Ok(folders)
}

/// True if a folder is a provider's. One that cannot be looked into may be.
fn is_providers(folder: &Path) -> bool {
    match folder.join(DESCRIPTION).symlink_metadata() {
        Ok(_) => true,
        Err(cause) => !matches!(cause.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) && folder.is_dir(),
    }
}

/// True if a file may stand in a catalog without providers, such as a README or `.gitkeep`.
fn is_beside_providers(path: &Path) -> bool {
    let is_hidden = name_of(path).starts_with('.');
    let is_data = path.extension().is_some_and(|ending| ["toml", "json", "form"].iter().any(|known| ending == *known));
    is_hidden || !path.is_dir() && !is_data
}

/// Reads a provider's folder, of at most so many bytes as there is room for. A file that cannot be read leaves the folder out; one that a project may not name is an
/// error.
fn read_folder(path: &Path, room: &mut usize, read_text: ReadText<'_>) -> Result<FolderRead, Error> {
    let mut folder = outline(path);
    let files = match files_of(path) {
        Ok(_) if *room == 0 => return Ok(too_large(path, &folder)),
        Ok(files) => files,
        Err(error) => return left_out(&folder, error),
    };
    // If one can't be read, the names of the other ones are known all the same.
    folder.files = files.iter().map(|(name, _)| (name.clone(), String::new())).collect();
    for (name, file) in files {
        let text = match read_text(&file) {
            Ok(text) => text,
            Err(error) => return left_out(&folder, error),
        };
        let Some(left) = room.checked_sub(text.len()) else {
            *room = 0;
            return Ok(too_large(path, &folder));
        };
        *room = left;
        folder.files.insert(name, text);
    }
    Ok(Ok(folder))
}

/// A folder of which nothing was read.
fn outline(path: &Path) -> Folder {
    let full = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    Folder { id: name_of(&full), shown: path.display().to_string(), files: BTreeMap::new() }
}

/// Leaves a folder out that takes too much memory, alone or with the ones before it.
fn too_large(path: &Path, folder: &Folder) -> FolderRead {
    let what = format!("with the folders before it, its files have more than {} together", words::size(LARGEST_PLACE));
    Err(Box::new(LeftOut::unread(folder, fault(path, &what))))
}

/// Leaves a folder out for this error, if that is about reading a file.
fn left_out(folder: &Folder, error: Error) -> Result<FolderRead, Error> {
    let Error::Read { path, cause } = error else { return Err(error) };
    let fault = fault(&path, &format!("it can't be read: {cause}"));
    let is_gone = cause.kind() == ErrorKind::NotFound;
    Ok(Err(Box::new(if is_gone { LeftOut::new(folder, fault) } else { LeftOut::unread(folder, fault) })))
}

fn fault(file: &Path, what: &str) -> CatalogError {
    CatalogError { file: file.display().to_string(), line: None, what: what.to_string() }
}

/// The files of a provider's folder that count, by their names in it.
fn files_of(path: &Path) -> Result<Vec<(String, PathBuf)>, Error> {
    let has_ending = |path: &Path, endings: &[&str]| {
        path.extension().is_some_and(|ending| endings.iter().any(|known| ending == *known))
    };
    let mut files = Vec::new();
    for file in list(path)? {
        let name = name_of(&file);
        if name == DESCRIPTION || has_ending(&file, &["json", "form"]) {
            files.push((name, file));
        }
    }
    let stories = path.join(STORIES);
    for file in if stories.is_dir() { list(&stories)? } else { Vec::new() } {
        if has_ending(&file, &["toml"]) {
            files.push((format!("{STORIES}/{}", name_of(&file)), file));
        }
    }
    // The description first: it tells the other names of a folder that is left out.
    files.sort_by_key(|(name, _)| name != DESCRIPTION);
    Ok(files)
}

fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn read_text(file: &Path) -> Result<String, Error> {
    let no_text = |_| io::Error::new(ErrorKind::InvalidData, "stream did not contain valid UTF-8");
    let text = String::from_utf8(files::regular(file)?).map_err(no_text);
    text.map_err(|cause| Error::Read { path: file.to_path_buf(), cause })
}
