//! Keeping what comes: a line in the journal before the answer.

use std::cell::{Cell, RefCell};
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use clap::Args;

use super::limit::Cause;
use super::threads::{Said, Talk};
use crate::commands::{chance, input};
use crate::error::Error;
use crate::inspect::{Inspected, Inspector};
use crate::journal::{Cover, Id, Journal, Keep, Record};
use crate::message::Capture;
use crate::render::Randomness;
use crate::words;

/// Where deliveries are kept, and what of them.
#[derive(Clone, Debug, Args)]
pub(super) struct KeepingArgs {
    /// The file that keeps each delivery for `history`; '' keeps none; otherwise `HOOKPROOF_JOURNAL`, or in your state directory
    #[arg(long, value_name = "FILE", value_parser = input::maybe_path())]
    pub(super) journal: Option<PathBuf>,
    /// The length at which the journal becomes FILE.1 and a new one begins
    #[arg(long, value_name = "SIZE", default_value = "256MB", value_parser = some_bytes)]
    journal_max: usize,
    /// Keeps Authorization, cookies, tokens of the address and the like as they came; otherwise they stand as `[redacted]`
    #[arg(long)]
    keep_headers: bool,
}

fn some_bytes(text: &str) -> Result<usize, String> {
    match input::bytes(text)? {
        0 => Err("a journal of no length keeps nothing; --journal '' goes without".to_string()),
        bytes => Ok(bytes),
    }
}

/// Keeps each delivery in a journal.
pub(super) struct Keeper {
    journal: Rc<RefCell<Journal>>,
    cover: Cover,
    inspector: &'static Inspector,
    random: RefCell<Randomness>,
    talk: Talk,
    /// How many could not be kept since one was.
    failed: Cell<usize>,
    /// Why the last of them could not.
    cause: RefCell<String>,
}

impl Keeper {
    pub(super) fn open(
        path: &Path,
        args: &KeepingArgs,
        inspector: &'static Inspector,
        talk: Talk,
    ) -> Result<Self, Error> {
        let journal = Journal::open(path, args.journal_max as u64).map_err(|cause| Error::Untestable {
            message: format!("can't keep a journal in {}: {cause}", path.display()),
            hint: Some("--journal FILE keeps it elsewhere, --journal '' goes without".to_string()),
        })?;
        let keep = if args.keep_headers { Keep::Credentials } else { Keep::Redacted };
        Ok(Self {
            journal: Rc::new(RefCell::new(journal)),
            cover: Cover::new(keep, &inspector.catalog, &inspector.keyring),
            inspector,
            random: RefCell::new(chance::stream()?),
            talk,
            failed: Cell::new(0),
            cause: RefCell::default(),
        })
    }

    /// Keeps a delivery; its entry's id where that went well. The first failure of several for one cause is told, and when it
    /// is over.
    pub(super) fn keep(
        &self,
        capture: &Capture,
        inspected: &Inspected<'_>,
        repeat_of: Option<Id>,
        status: Option<u16>,
    ) -> Option<Id> {
        let kept = self.append(capture, inspected, repeat_of, status);
        let failed = self.failed.replace(if kept.is_ok() { 0 } else { self.failed.get() + 1 });
        match &kept {
            Err(cause) if failed == 0 || cause.to_string() != *self.cause.borrow() => {
                self.cause.replace(cause.to_string());
                let path = self.journal.borrow().name().display().to_string();
                let text = format!("can't write to the journal {path}: {cause}; senders get 503 and may try again");
                self.talk.say_within(Cause::Journal, || Said::Fault(text));
            }
            Ok(_) if failed > 0 => {
                let lost = words::count(failed, "delivery was", "deliveries were");
                let text = format!("the journal takes deliveries again; {lost} answered 503");
                self.talk.say_within(Cause::Journal, || Said::Line(text));
            }
            _ => {}
        }
        kept.ok()
    }

    fn append(
        &self,
        capture: &Capture,
        inspected: &Inspected<'_>,
        repeat_of: Option<Id>,
        status: Option<u16>,
    ) -> io::Result<Id> {
        let identified = &inspected.identified;
        let covered = self.cover.over(&capture.delivery, inspected.scheme.as_deref(), &self.inspector.keyring);
        let delivery_id = identified.delivery_id.as_deref().map(|id| covered.text(id));
        let id = Id::fresh(&mut self.random.borrow_mut());
        let record = Record {
            id,
            capture,
            target: &covered.target,
            headers: &covered.headers,
            provider: identified.provider.map(|provider| provider.id.as_str()),
            events: &covered.texts(&identified.events),
            delivery_id: delivery_id.as_deref(),
            verdict: inspected.judgement.verdict.name(),
            reason: &inspected.judgement.reason,
            repeat_of,
            status,
            is_handed_on: inspected.is_handed_on,
        };
        self.write(&record.line()?)?;
        Ok(id)
    }

    /// Appends a line. Other listeners may write again once all has been answered that came by now.
    fn write(&self, line: &[u8]) -> io::Result<()> {
        let mut journal = self.journal.borrow_mut();
        let was_held = journal.is_held();
        let written = journal.append(line);
        if journal.is_held() && !was_held {
            let journal = self.journal.clone();
            tokio::task::spawn_local(async move { journal.borrow_mut().release() });
        }
        written
    }
}
