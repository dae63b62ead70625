//! Which kept deliveries are meant: entries of the journal, or what a file holds. `replay` and `export` share it.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Timestamp;

use super::context::Context;
use super::history::{self, FilterArgs, Reading};
use super::input;
use crate::catalog::{Catalog, Provider, SelectError};
use crate::console::Console;
use crate::error::Error;
use crate::exit::Exit;
use crate::identify::identify;
use crate::journal::{Backwards, Entry, Id, Lines};
use crate::json::Body;
use crate::message::Capture;
use crate::wire::{self, Message, Told};
use crate::words;

/// Entries passed over that are told one by one.
const TOLD: usize = 10;

/// Which deliveries are meant.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Which deliveries")]
pub(super) struct ChooseArgs {
    /// Entries of the journal by their ids, or the first 4 or more characters; what is no id is a file, as --from takes it
    #[arg(value_name = "ID|FILE", help_heading = None, conflicts_with_all = ["last", "filters"])]
    names: Vec<String>,
    /// The last so many that pass the filters; the very last where no number is given
    #[arg(short = 'n', long, value_name = "N", num_args = 0..=1, default_missing_value = "1")]
    last: Option<NonZeroUsize>,
    /// A file with an HTTP request or lines of `listen --json`; - is stdin
    #[arg(long, value_name = "FILE", conflicts_with_all = ["last", "filters", "journal"])]
    from: Vec<PathBuf>,
    #[command(flatten)]
    filters: FilterArgs,
    /// The journal; otherwise that of `HOOKPROOF_JOURNAL`, or the one in your state directory
    #[arg(long, value_name = "FILE", value_parser = input::maybe_path())]
    journal: Option<PathBuf>,
}

/// A delivery that was kept.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    /// What messages call it.
    pub(super) name: String,
    /// What came.
    pub(super) capture: Capture,
    /// What is said of it.
    pub(super) told: Told,
    /// What is odd about it.
    pub(super) note: Option<String>,
}

impl Kept {
    /// The error for a delivery that was kept as one of a provider whose folder is broken, where no other is named.
    pub(super) fn needs_left_out(&self, catalog: &Catalog, named: Option<&Provider>) -> Option<Error> {
        let id = self.told.provider.as_deref().filter(|_| named.is_none())?;
        let error = catalog.named(id).err().filter(|error| matches!(error, SelectError::LeftOut { .. }))?;
        Some(Error::Untestable { message: format!("{}: {error}", self.name), hint: Some(error.hint()) })
    }

    /// The provider that it is of, and its events: as the user names them, as they were kept, or as they seem.
    pub(super) fn whose<'a>(
        &self,
        catalog: &'a Catalog,
        named: Option<&'a Provider>,
    ) -> (Option<&'a Provider>, Vec<String>) {
        let delivery = &self.capture.delivery;
        let told = self.told.provider.as_deref().and_then(|id| catalog.provider(id));
        let identified = identify(catalog, named.or(told), &delivery.headers, &Body::new(&delivery.body));
        let is_told = named.is_none() && !self.told.events.is_empty();
        (identified.provider, if is_told { self.told.events.clone() } else { identified.events })
    }
}

/// `superfolio/form.submitted`, `stripe`, `unknown`.
pub(super) fn label(provider: Option<&Provider>, events: &[String]) -> String {
    words::delivery(provider.map(|provider| provider.id.as_str()), events)
}

/// The deliveries that are meant, in their order. Entries of a journal are read when they are wanted, since there may be
/// many.
pub(super) struct Chosen {
    held: Vec<Held>,
    files: Vec<(PathBuf, File)>,
    /// Whether they were found by filters, and not named one by one.
    is_searched: bool,
}

/// There may be millions of them, so each is small.
enum Held {
    /// What a file held, or an entry that was named.
    Kept(Box<Kept>),
    /// Where in a file of the journal the line of an entry stands; one has two files at most, and its lines are bounded.
    Place { file: u8, length: u32, start: u64 },
}

impl Held {
    fn place(file: usize, start: u64, text: &[u8]) -> Option<Self> {
        Some(Self::Place { file: file.try_into().ok()?, length: text.len().try_into().ok()?, start })
    }
}

/// Entries that can't be used and are passed over, each told.
pub(super) struct PassedOver<'a> {
    console: &'a Console,
    count: usize,
}

impl<'a> PassedOver<'a> {
    pub(super) fn new(console: &'a Console) -> Self {
        Self { console, count: 0 }
    }

    /// Tells why one is passed over; an error that is not about it alone, or about one that the user named, is given
    /// back.
    pub(super) fn take(&mut self, error: Error, chosen: &Chosen) -> Result<(), Error> {
        if !matches!(error, Error::Untestable { .. }) || !chosen.is_searched || chosen.len() == 1 {
            return Err(error);
        }
        self.count += 1;
        if self.count <= TOLD {
            self.console.fail(&format!("{error}: passed over"), None);
        }
        Ok(())
    }

    /// Tells how many they were in all, where that was not seen; what it means for the exit code.
    pub(super) fn end(&self) -> Exit {
        if self.count > TOLD {
            self.console.fail(&format!("{} entries in all were passed over", self.count), None);
        }
        if self.count > 0 { Exit::Untestable } else { Exit::Success }
    }
}

impl ChooseArgs {
    /// Whether nothing is said of which deliveries are meant.
    pub(super) fn says_nothing(&self) -> bool {
        self.names.is_empty() && self.from.is_empty() && self.last.is_none() && self.filters.is_empty()
    }

    /// The newest of the same journal.
    pub(super) fn newest(&self, count: usize) -> Self {
        Self { last: NonZeroUsize::new(count), ..self.clone() }
    }

    /// An entry of the same journal.
    pub(super) fn named(&self, id: String) -> Self {
        Self { names: vec![id], ..self.clone() }
    }

    /// Finds what is meant. Nothing is an error that says what was looked for.
    pub(super) fn choose(&self, context: &Context) -> Result<Chosen, Error> {
        let mut chosen = Chosen { held: Vec::new(), files: Vec::new(), is_searched: false };
        for name in &self.names {
            match Id::beginning(name) {
                Ok(id) => chosen.held.push(self.entry(&id, context)?),
                Err(no_id) => chosen.held.extend(read_named(name, &no_id)?),
            }
        }
        for path in &self.from {
            chosen.held.extend(read_file(path)?);
        }
        if self.names.is_empty() && self.from.is_empty() {
            if self.says_nothing() {
                return Err(Error::usage(
                    "it is not said which deliveries are meant",
                    "--last takes the newest of the journal; `hookproof history` lists them with their ids; --event '*' takes all; --from FILE reads a file",
                ));
            }
            chosen.is_searched = true;
            self.search(&mut chosen, context)?;
        }
        Ok(chosen)
    }

    /// The entry of an id.
    fn entry(&self, id: &str, context: &Context) -> Result<Held, Error> {
        let source = history::open(self.journal.as_deref(), context)?;
        let path = source.path.clone();
        let mut reading = Reading::new(&context.console, self.filters.filter(Timestamp::now()));
        let (_, line) = history::find(source, id, &mut reading)?.ok_or_else(|| history::no_entry(&path, id))?;
        Ok(Held::Kept(Box::new(entry(&line)?)))
    }

    /// The entries that pass the filters, or the last of them.
    fn search(&self, chosen: &mut Chosen, context: &Context) -> Result<(), Error> {
        let source = history::open(self.journal.as_deref(), context)?;
        let path = source.path.clone();
        let mut reading = Reading::new(&context.console, self.filters.filter(Timestamp::now()));
        chosen.files = source.rolled.into_iter().chain(source.current.map(|file| (source.path, file))).collect();
        let found = match self.last {
            None => chosen.all(&mut reading),
            Some(last) => chosen.last(last.get(), &mut reading),
        };
        chosen.held = found.map_err(|cause| Error::Read { path: path.clone(), cause })?;
        reading.tell_passed_over();
        if chosen.held.is_empty() {
            let wanted = self.filters.words();
            let wanted =
                if wanted.is_empty() { String::new() } else { format!(" with {}", words::list(&wanted, "and")) };
            let message = format!("{} has no entry{wanted}", path.display());
            return Err(Error::usage(
                message,
                "`hookproof history` lists what is there; did you mean another --journal?",
            ));
        }
        Ok(())
    }
}

impl Chosen {
    /// How many they are.
    pub(super) fn len(&self) -> usize {
        self.held.len()
    }

    /// One of them.
    pub(super) fn kept(&self, at: usize) -> Result<Kept, Error> {
        match &self.held[at] {
            Held::Kept(kept) => Ok((**kept).clone()),
            Held::Place { file, start, length } => {
                let (path, file) = &self.files[usize::from(*file)];
                let line = read_at(file, *start, *length as usize);
                entry(&line.map_err(|cause| Error::Read { path: path.clone(), cause })?)
            }
        }
    }

    fn all(&self, reading: &mut Reading<'_>) -> std::io::Result<Vec<Held>> {
        let mut found = Vec::new();
        for (file, (path, handle)) in self.files.iter().enumerate() {
            let mut lines = Lines::new(handle.try_clone()?);
            while let Some(line) = lines.next_any()? {
                let start = line.start;
                let Some((entry, text)) = reading.entry(path, line) else { continue };
                if reading.filter.takes(&entry, &text) {
                    found.extend(Held::place(file, start, &text));
                }
            }
        }
        Ok(found)
    }

    fn last(&self, count: usize, reading: &mut Reading<'_>) -> std::io::Result<Vec<Held>> {
        let mut found = Vec::new();
        for (file, (path, handle)) in self.files.iter().enumerate().rev() {
            let mut lines = Backwards::new(handle.try_clone()?)?;
            while found.len() < count
                && let Some(line) = lines.next_line()?
            {
                let start = line.start;
                let Some((entry, text)) = reading.entry(path, line) else { continue };
                if reading.filter.takes(&entry, &text) {
                    found.extend(Held::place(file, start, &text));
                }
            }
        }
        found.reverse();
        Ok(found)
    }
}

fn read_at(mut file: &File, start: u64, length: usize) -> std::io::Result<Vec<u8>> {
    let mut line = vec![0; length];
    file.seek(SeekFrom::Start(start))?;
    file.read_exact(&mut line)?;
    Ok(line)
}

/// The delivery of an entry.
fn entry(line: &[u8]) -> Result<Kept, Error> {
    let (capture, mut told) = wire::read_told(line).map_err(|cause| Error::Untestable {
        message: format!(
            "{} can't be read, since it is {cause}",
            name(Entry::read(line).ok().map(|entry| entry.id).filter(is_id).as_ref())
        ),
        hint: Some("`hookproof history --json` prints it as it stands".to_string()),
    })?;
    told.id = told.id.filter(is_id);
    Ok(Kept { name: name(told.id.as_ref()), capture, told, note: None })
}

fn name(id: Option<&String>) -> String {
    id.map_or("an entry of the journal".to_string(), |id| format!("entry {id}"))
}

/// Whether a text that stands in a file is an id as we write it.
fn is_id(text: &String) -> bool {
    text.len() == Id::LENGTH && Id::beginning(text).as_ref() == Ok(text)
}

/// A word that is no id names a file.
fn read_named(name: &str, no_id: &str) -> Result<Vec<Held>, Error> {
    let path = PathBuf::from(name);
    if name != "-" && !path.exists() {
        return Err(Error::usage(
            format!("`{name}` is neither a file nor an id: {no_id}"),
            "`hookproof history` lists the journal's entries with their ids",
        ));
    }
    read_file(&path)
}

/// The deliveries of a file: one HTTP request, or lines.
fn read_file(path: &Path) -> Result<Vec<Held>, Error> {
    let bytes = input::read(path)?;
    let shown = if path == Path::new("-") { "stdin".to_string() } else { path.display().to_string() };
    if !wire::has_lines(&bytes) {
        let Message { capture, note, .. } = wire::read_http(&bytes).map_err(|cause| Error::Untestable {
            message: format!("{shown} is neither lines of `listen --json` nor an HTTP request: {cause}"),
            hint: Some("a body alone can be signed and sent: `hookproof send PROVIDER --body FILE`".to_string()),
        })?;
        return Ok(vec![Held::Kept(Box::new(Kept { name: shown, capture, told: Told::default(), note }))]);
    }
    let mut held = Vec::new();
    for (number, value) in (1..).zip(wire::values(&bytes)) {
        let name = format!("delivery {number} of {shown}");
        let read = value.map_err(|error| error.to_string());
        let read =
            read.and_then(|value| wire::read_told(value.to_string().as_bytes()).map_err(|cause| cause.to_string()));
        let (capture, mut told) = read.map_err(|cause| Error::Untestable {
            message: format!("{name} can't be read: {cause}"),
            hint: Some("take what is broken out of the file".to_string()),
        })?;
        told.id = told.id.filter(is_id);
        held.push(Held::Kept(Box::new(Kept { name, capture, told, note: None })));
    }
    if held.is_empty() {
        return Err(Error::usage(format!("{shown} holds no delivery"), "a line of `listen --json` was expected"));
    }
    Ok(held)
}
