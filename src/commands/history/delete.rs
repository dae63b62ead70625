//! `history --delete` and `--clear`: removes entries of the journal while listeners go on writing to it.

use std::io::{BufWriter, Write as _};

use jiff::Timestamp;

use super::{HistoryArgs, Reading, find, no_entry, open};
use crate::commands::asking;
use crate::commands::context::Context;
use crate::commands::files::NewFile;
use crate::error::Error;
use crate::exit::Exit;
use crate::journal::{Deletion, Entry, Filter, Line, Part};
use crate::words;

/// The lines to remove.
enum Unwanted {
    /// Every line, a damaged one too.
    All,
    /// Entries with one of these ids.
    Ids(Vec<String>),
    /// Entries that a filter takes.
    Filtered(Filter),
}

/// A file of the journal, and the new one that takes its place.
struct Copy {
    part: Part,
    new: NewFile,
}

/// Removes what is asked for.
pub(super) fn run(args: &HistoryArgs, context: &Context) -> Result<Exit, Error> {
    let unwanted = Unwanted::of(args, context)?;
    refuse_unasked(args, context, &unwanted)?;
    let path = open(args.journal.as_deref(), context)?.path;
    let fail = |cause| Error::Write { path: path.clone(), cause };
    let deletion = Deletion::begin(&path).map_err(fail)?;
    let mut is_confirmed = args.yes;
    loop {
        let (copies, count) = copies(&deletion, &unwanted).map_err(fail)?;
        if copies.is_empty() {
            context.console.note(if args.clear { "the journal is empty" } else { "no entry is like that" });
            return Ok(if args.clear { Exit::Success } else { Exit::Failed });
        }
        if !is_confirmed {
            confirm(context, &unwanted, count)?;
            is_confirmed = true;
        }
        if replace(&deletion, copies).map_err(fail)? {
            context.console.say(&format!("{} removed", words::count(count, "entry", "entries")));
            return Ok(Exit::Success);
        }
        // The journal was rolled meanwhile: its files have other names now.
    }
}

impl Unwanted {
    fn of(args: &HistoryArgs, context: &Context) -> Result<Self, Error> {
        if args.clear {
            return Ok(Self::All);
        }
        if args.id.is_empty() && args.filters.is_empty() {
            return Err(Error::usage(
                "--delete needs an id or a filter",
                "`hookproof history` lists the ids; --clear removes every entry",
            ));
        }
        if args.id.is_empty() {
            return Ok(Self::Filtered(args.filters.filter(Timestamp::now())));
        }
        let whole = |id: &String| {
            let source = open(args.journal.as_deref(), context)?;
            let path = source.path.clone();
            let mut reading = Reading::new(&context.console, Filter::default());
            let found = find(source, id, &mut reading)?;
            found.map(|(entry, _)| entry.id).ok_or_else(|| no_entry(&path, id))
        };
        args.id.iter().map(whole).collect::<Result<_, _>>().map(Self::Ids)
    }

    /// Whether a line is to be removed.
    fn takes(&self, line: &Line) -> bool {
        let entry = || line.text.as_ref().ok().and_then(|text| Some((Entry::read(text).ok()?, text)));
        match self {
            Self::All => true,
            Self::Ids(ids) => entry().is_some_and(|(entry, _)| ids.contains(&entry.id)),
            Self::Filtered(filter) => entry().is_some_and(|(entry, text)| filter.takes(&entry, text)),
        }
    }
}

/// Copies each file from which something is to be removed. Returns the copies and the number of entries to remove.
fn copies(deletion: &Deletion, unwanted: &Unwanted) -> std::io::Result<(Vec<Copy>, usize)> {
    let (mut copies, mut count) = (Vec::new(), 0);
    for mut part in deletion.parts()? {
        let mut new = NewFile::replacing(part.path(), part.file())?;
        let mut out = BufWriter::new(&mut new);
        let removes = part.copy(&mut out, |line| {
            let is_unwanted = unwanted.takes(line);
            let is_blank = line.text.as_ref().is_ok_and(Vec::is_empty);
            count += usize::from(is_unwanted && !is_blank);
            is_unwanted
        })?;
        out.flush()?;
        drop(out);
        if removes {
            copies.push(Copy { part, new });
        }
    }
    Ok((copies, count))
}

/// Puts the copies in the place of the files; nothing where these have other names by now.
fn replace(deletion: &Deletion, copies: Vec<Copy>) -> std::io::Result<bool> {
    let (mut parts, news): (Vec<Part>, Vec<NewFile>) = copies.into_iter().map(|copy| (copy.part, copy.new)).unzip();
    let Some(held) = deletion.hold(&parts)? else { return Ok(false) };
    for (part, mut new) in parts.iter_mut().zip(news) {
        let mut out = BufWriter::new(&mut new);
        part.copy_rest(&held, &mut out)?;
        out.flush()?;
        drop(out);
        new.finish()?;
    }
    Ok(true)
}

/// Where nobody can be asked, --yes has to say that entries without a name may go.
fn refuse_unasked(args: &HistoryArgs, context: &Context, unwanted: &Unwanted) -> Result<(), Error> {
    if args.yes || context.console.can_ask || matches!(unwanted, Unwanted::Ids(_)) {
        return Ok(());
    }
    Err(unconfirmed())
}

fn unconfirmed() -> Error {
    Error::usage("the removal is not confirmed", "--yes removes the entries without asking")
}

/// Asks before more than one entry is removed.
fn confirm(context: &Context, unwanted: &Unwanted, count: usize) -> Result<(), Error> {
    let is_one = count < 2 && !matches!(unwanted, Unwanted::All);
    if is_one || !context.console.can_ask {
        return Ok(());
    }
    let question = format!("Remove {} for good?", words::count(count, "entry", "entries"));
    if asking::confirm(context, &question)? { Ok(()) } else { Err(unconfirmed()) }
}
