//! `history`: looking into the journal.

mod delete;
mod filters;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use jiff::Timestamp;
use memchr::memmem::Finder;

use super::context::Context;
use super::input;
use crate::console::{Block, Console};
use crate::error::Error;
use crate::exit::Exit;
use crate::journal::{Backwards, Damage, Entry, Filter, Id, Line, Lines, Place, SCHEMA, Source};
use crate::{report, wire, words};
pub(super) use filters::FilterArgs;

/// How often a journal is looked at that is followed.
const PAUSE: Duration = Duration::from_millis(100);
/// What is gathered before it is printed, in bytes.
const GATHERED: usize = 32 << 10;
/// Lines passed over that are told one by one.
const TOLD: usize = 10;
/// Ids that are named where a beginning is that of several.
const NAMED: usize = 5;
/// Characters of an id that are shown.
const LONGEST_ID: usize = 20;

/// The arguments of `history`.
#[derive(Clone, Debug, Args)]
pub struct HistoryArgs {
    /// The entry to show in full: its id, or the first 4 or more characters of it; several for --delete
    #[arg(value_name = "ID", value_parser = Id::beginning, conflicts_with_all = ["last", "follow", "filters"])]
    id: Vec<String>,
    /// Only the last so many
    #[arg(short = 'n', long, value_name = "N")]
    last: Option<usize>,
    /// Goes on with what comes
    #[arg(short, long)]
    follow: bool,
    #[command(flatten)]
    filters: FilterArgs,
    /// The journal's own lines
    #[arg(long)]
    json: bool,
    /// The journal; otherwise that of `HOOKPROOF_JOURNAL`, or the one in your state directory
    #[arg(long, value_name = "FILE", value_parser = input::maybe_path())]
    journal: Option<PathBuf>,
    /// Remove the entries of these ids, or all that the filters choose; listeners keep working
    #[arg(long, group = "removal", conflicts_with_all = ["last", "follow", "json"])]
    delete: bool,
    /// Remove every entry
    #[arg(long, group = "removal", conflicts_with_all = ["id", "filters", "last", "follow", "json"])]
    clear: bool,
    /// Remove without asking
    #[arg(long, requires = "removal")]
    yes: bool,
    /// Prints the form of a journal's lines as a JSON Schema
    #[arg(long, conflicts_with_all = ["id", "last", "follow", "filters", "json", "journal", "removal"])]
    schema: bool,
}

/// Runs `history`.
pub fn run(args: &HistoryArgs, context: &Context) -> Result<Exit, Error> {
    if args.schema {
        context.console.exact(SCHEMA.as_bytes())?;
        return Ok(Exit::Success);
    }
    if args.delete || args.clear {
        return delete::run(args, context);
    }
    let source = open(args.journal.as_deref(), context)?;
    let path = source.path.clone();
    let mut reading = Reading::new(&context.console, args.filters.filter(Timestamp::now()));
    reading.is_json = args.json;
    let read = match args.id.as_slice() {
        [] => list(source, args, &mut reading),
        [id] => return one(source, id, &mut reading),
        _ => return Err(Error::usage("one entry is shown at a time", "--delete removes several")),
    };
    reading.print();
    reading.tell_passed_over();
    read.map_err(|cause| Error::Read { path, cause })?;
    if reading.found == 0 && !args.filters.is_empty() {
        context.console.note("no entry is like that");
        return Ok(Exit::Failed);
    }
    Ok(Exit::Success)
}

/// The journal as given, or the one that is kept.
pub(super) fn open(given: Option<&Path>, context: &Context) -> Result<Source, Error> {
    let path = context.journal(given)?;
    let path = path.ok_or_else(|| Error::usage("no journal is kept, its name is empty", "--journal FILE reads one"))?;
    Source::open(&path).map_err(|cause| unreadable(&path, &cause))
}

fn unreadable(path: &Path, cause: &std::io::Error) -> Error {
    Error::Untestable {
        message: format!("can't read the journal {}: {cause}", path.display()),
        hint: Some("`hookproof listen` begins one; --journal FILE reads another".to_string()),
    }
}

/// Every wanted entry, or the last of them, and what comes after where that is wanted.
fn list(source: Source, args: &HistoryArgs, reading: &mut Reading<'_>) -> std::io::Result<()> {
    let Source { path, current, rolled } = source;
    let follows = match args.last {
        Some(last) => last_of(&path, current, rolled, last, args.follow, reading)?,
        None => all_of(&path, current, rolled, args.follow, reading)?,
    };
    if args.follow { follow(&path, follows, reading) } else { Ok(()) }
}

fn all_of(
    path: &Path,
    current: Option<std::fs::File>,
    rolled: Option<(PathBuf, std::fs::File)>,
    is_followed: bool,
    reading: &mut Reading<'_>,
) -> std::io::Result<Option<Lines>> {
    if let Some((name, file)) = rolled {
        let mut lines = Lines::new(file);
        while let Some(line) = lines.next_any()? {
            if reading.take(&name, line).is_break() {
                return Ok(None);
            }
        }
    }
    let Some(mut lines) = current.map(Lines::new) else { return Ok(None) };
    while let Some(line) = if is_followed { lines.next_ended()? } else { lines.next_any()? } {
        if reading.take(path, line).is_break() {
            break;
        }
    }
    Ok(Some(lines))
}

/// The last entries that are wanted; of what stands before them nothing is read.
fn last_of(
    path: &Path,
    current: Option<std::fs::File>,
    rolled: Option<(PathBuf, std::fs::File)>,
    last: usize,
    is_followed: bool,
    reading: &mut Reading<'_>,
) -> std::io::Result<Option<Lines>> {
    let mut follows = None;
    let mut texts = Vec::new();
    let current = current.map(|file| (path.to_path_buf(), file, is_followed));
    let rolled = rolled.map(|(name, file)| (name, file, false));
    for (name, file, is_followed) in current.into_iter().chain(rolled) {
        let again = if is_followed { Some(file.try_clone()?) } else { None };
        let mut lines = Backwards::new(file)?;
        let from = if is_followed { lines.leave_unended()? } else { 0 };
        while texts.len() < last
            && let Some(line) = lines.next_line()?
        {
            texts.extend(reading.wanted(&name, line));
        }
        if let Some(file) = again {
            follows = Some(Lines::from(file, from)?);
        }
    }
    for text in texts.iter().rev() {
        if reading.gather(text).is_break() {
            break;
        }
    }
    Ok(follows)
}

/// Goes on with what comes, in the next file too where the journal is rolled.
fn follow(path: &Path, mut lines: Option<Lines>, reading: &mut Reading<'_>) -> std::io::Result<()> {
    loop {
        if let Some(open) = &mut lines {
            let is_current = open.is_at(path)?;
            while let Some(line) = if is_current { open.next_ended()? } else { open.next_any()? } {
                if reading.take(path, line).is_break() {
                    return Ok(());
                }
            }
            open.mind_the_end()?;
            if !is_current {
                lines = None;
                continue;
            }
        } else {
            lines = Source::open(path)?.current.map(Lines::new);
        }
        reading.print();
        if reading.console.is_closed() {
            return Ok(());
        }
        std::thread::sleep(PAUSE);
    }
}

/// The one entry whose id begins like this, shown.
fn one(source: Source, id: &str, reading: &mut Reading<'_>) -> Result<Exit, Error> {
    let path = source.path.clone();
    let Some((entry, line)) = &find(source, id, reading)? else {
        return Err(no_entry(&path, id));
    };
    if reading.is_json {
        reading.console.print(&json_text(line));
        return Ok(Exit::Success);
    }
    let input = format!("entry {}", entry.id);
    let capture = wire::read_line(line).map_err(|cause| Error::Untestable {
        message: format!("{input} can't be shown, since it is {cause}"),
        hint: Some("--json prints it as it stands".to_string()),
    })?;
    for text in report::history_full(entry, &capture, reading.console.out) {
        reading.console.print(&text);
    }
    Ok(Exit::Success)
}

/// The error that says that no entry has such an id.
pub(super) fn no_entry(path: &Path, id: &str) -> Error {
    let message = format!("no entry of {} has an id like {id}", path.display());
    Error::usage(message, "`hookproof history` lists them with their ids")
}

/// The one entry whose id begins like this, and its line.
pub(super) fn find(source: Source, id: &str, reading: &mut Reading<'_>) -> Result<Option<(Entry, Vec<u8>)>, Error> {
    let path = source.path.clone();
    let mut found = search(source, id, reading).map_err(|cause| Error::Read { path, cause })?;
    if found.len() > 1 {
        // Another hand may have written anything there.
        let shown = |id: &str| words::printable(&words::shorten(id, LONGEST_ID), words::Lines::Escape);
        let ids: Vec<String> = found.iter().take(NAMED).map(|(entry, _)| shown(&entry.id)).collect();
        let message = format!("{} entries have an id that begins with {id}", found.len());
        return Err(Error::usage(message, format!("give more of it: {}", words::list(&ids, "or"))));
    }
    Ok(found.pop())
}

/// Every entry whose id begins like this, from the newest on; a whole id is that of one.
fn search(source: Source, id: &str, reading: &mut Reading<'_>) -> std::io::Result<Vec<(Entry, Vec<u8>)>> {
    let mut found = Vec::new();
    let begins = Finder::new(id);
    let current = source.current.map(|file| (source.path, file));
    for (name, file) in current.into_iter().chain(source.rolled) {
        let mut lines = Backwards::new(file)?;
        while let Some(line) = lines.next_line()? {
            let is_likely = line.text.as_ref().is_ok_and(|text| begins.find(text).is_some());
            let Some((entry, text)) = is_likely.then(|| reading.entry(&name, line)).flatten() else { continue };
            if entry.id.starts_with(id) {
                found.push((entry, text));
            }
            if id.len() == Id::LENGTH && !found.is_empty() {
                return Ok(found);
            }
        }
    }
    Ok(found)
}

/// What is wanted of a journal, and how far its reading has come.
pub(super) struct Reading<'a> {
    console: &'a Console,
    is_json: bool,
    pub(super) filter: Filter,
    gathered: Block,
    found: usize,
    passed_over: usize,
}

impl<'a> Reading<'a> {
    /// Nothing is read yet.
    pub(super) fn new(console: &'a Console, filter: Filter) -> Self {
        Self { console, is_json: false, filter, gathered: Block::default(), found: 0, passed_over: 0 }
    }

    /// How many lines were passed over, where they were not told one by one.
    pub(super) fn tell_passed_over(&self) {
        if self.passed_over > TOLD {
            self.console.note(&format!("{} lines in all were passed over", self.passed_over));
        }
    }

    /// Prints an entry that is wanted; breaks where nobody reads it.
    fn take(&mut self, file: &Path, line: Line) -> ControlFlow<()> {
        match self.wanted(file, line) {
            Some(text) => self.gather(&text),
            None => ControlFlow::Continue(()),
        }
    }

    /// The text of an entry that is wanted.
    fn wanted(&mut self, file: &Path, line: Line) -> Option<String> {
        let (entry, line) = self.entry(file, line)?;
        if !self.filter.takes(&entry, &line) {
            return None;
        }
        self.found += 1;
        Some(if self.is_json { json_text(&line) } else { report::history_line(&entry, self.console.out) })
    }

    /// The entry of a line; damage is told and passed over.
    pub(super) fn entry(&mut self, file: &Path, line: Line) -> Option<(Entry, Vec<u8>)> {
        if line.text.as_ref().is_ok_and(Vec::is_empty) {
            return None;
        }
        match line.text.and_then(|text| Entry::read(&text).map(|entry| (entry, text))) {
            Ok(read) => Some(read),
            Err(damage) => {
                self.pass_over(file, line.place, &damage);
                None
            }
        }
    }

    fn pass_over(&mut self, file: &Path, place: Place, damage: &Damage) {
        self.passed_over += 1;
        if self.passed_over > TOLD {
            return;
        }
        let place = match place {
            Place::FromStart(number) => format!("line {number}"),
            Place::FromEnd(1) => "the last line".to_string(),
            Place::FromEnd(number) => format!("line {number} from the end"),
        };
        self.console.note(&format!("{place} of {} {damage}: passed over", file.display()));
    }

    fn gather(&mut self, text: &str) -> ControlFlow<()> {
        self.gathered.push(self.console.out, text);
        if self.gathered.len() >= GATHERED {
            self.print();
        }
        if self.console.is_closed() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn print(&mut self) {
        self.console.print_block(&std::mem::take(&mut self.gathered));
    }
}

/// A line as it stands. One that another hand wrote is made harmless.
fn json_text(line: &[u8]) -> String {
    words::harmless_line(String::from_utf8_lossy(line).into_owned())
}
