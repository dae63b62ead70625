//! Waiting for certain deliveries: `listen` ends when they have come, and fails where they do not.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use clap::Args;
use tokio::sync::Notify;
use tokio::sync::mpsc::OwnedPermit;

use super::threads::{Said, Threads};
use crate::catalog::{Catalog, Provider};
use crate::commands::handling::{Handling, Shown};
use crate::commands::input;
use crate::error::Error;
use crate::exit::Exit;
use crate::expect::{ExpectError, Expected, OnInvalid, Wanted};
use crate::inspect::Inspected;
use crate::report;
use crate::signature::Verdict;
use crate::words;

/// How long answers may still be under way when nothing more is waited for.
const LAST_ANSWERS: Duration = Duration::from_millis(50);

/// What is waited for.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Waiting for deliveries")]
pub(super) struct ExpectArgs {
    /// Waits for a verified delivery of this event, exits 0 when all that is expected has come and 1 where it has not;
    /// repeatable. EVENT is a name or glob, with or without PROVIDER/; *N behind it waits for N: 'form.submitted*2', 'form.**2'
    #[arg(long = "expect", value_name = "EVENT[*N]")]
    patterns: Vec<String>,
    /// How long to wait; without it for ever
    #[arg(long, value_name = "TIME", value_parser = input::time_limit, requires = "patterns")]
    pub(super) within: Option<Duration>,
    /// Verdicts that count besides valid: unsigned, unchecked and so on
    #[arg(long, value_name = "VERDICT,...", value_delimiter = ',', value_parser = verdict, requires = "patterns")]
    allow: Vec<Verdict>,
    /// Goes on behind a delivery that is invalid, stale or missing its signature; otherwise it fails at once
    #[arg(long, requires = "patterns")]
    allow_invalid: bool,
}

impl ExpectArgs {
    /// Whether anything is waited for.
    pub(super) fn is_given(&self) -> bool {
        !self.patterns.is_empty()
    }
}

fn verdict(text: &str) -> Result<Verdict, String> {
    let names = Verdict::ALL.map(|verdict| verdict.name().to_string());
    let found = Verdict::ALL.into_iter().find(|verdict| verdict.name() == text);
    found.ok_or_else(|| format!("`{text}` is no verdict; there are {}", words::list(&names, "and")))
}

/// What is waited for, and who wants to know that it is over. Without any pattern it never is.
pub(super) struct Waiting {
    expected: RefCell<Expected>,
    /// Told when it is over.
    pub(super) enough: Rc<Notify>,
    over: Notify,
    /// Where the last line of JSON goes.
    last_line: RefCell<Option<OwnedPermit<Shown>>>,
}

impl Waiting {
    pub(super) fn new(args: &ExpectArgs, catalog: &Catalog, only: Option<&Provider>) -> Result<Self, Error> {
        let read = |typed: &String| Wanted::read(typed, catalog, only);
        let wanted = args.patterns.iter().map(read).collect::<Result<_, ExpectError>>()?;
        let on_invalid = if args.allow_invalid { OnInvalid::GoOn } else { OnInvalid::Fail };
        let expected = RefCell::new(Expected::new(wanted, &args.allow, on_invalid));
        Ok(Self { expected, enough: Rc::default(), over: Notify::new(), last_line: RefCell::default() })
    }

    /// Whether anything is waited for at all.
    pub(super) fn is_on(&self) -> bool {
        !self.expected.borrow().wanted.is_empty()
    }

    /// Keeps room for the last line of JSON behind all deliveries.
    pub(super) fn keep_room(&self, handling: &Handling) {
        if self.is_on() {
            self.last_line.replace(handling.last_line());
        }
    }

    /// Counts a delivery that just came.
    pub(super) fn count(&self, inspected: &Inspected<'_>) {
        if !self.is_on() {
            return;
        }
        let mut expected = self.expected.borrow_mut();
        expected.count(inspected);
        if expected.is_over() {
            self.enough.notify_one();
            self.over.notify_one();
        }
    }

    /// Done when nothing more is waited for and the last answers had their time.
    pub(super) async fn ended(&self) {
        self.over.notified().await;
        tokio::time::sleep(LAST_ANSWERS).await;
    }

    /// Says how it went, on stderr and in the last line of JSON.
    pub(super) fn tell(&self, threads: &Threads) {
        if !self.is_on() {
            return;
        }
        let expected = self.expected.borrow();
        if expected.is_met() {
            threads.talk.say(Said::Line(report::expected_met(&expected)));
            // Nobody waits for why another one was refused.
            threads.hurry();
        } else {
            threads.talk.say(Said::Failure(report::expected_failure(&expected, threads.talk.paint)));
        }
        if let Some(room) = self.last_line.take() {
            room.send(Shown::line(&report::expected_json(&expected)));
        }
    }

    /// What `listen` ends with.
    pub(super) fn exit(&self) -> Exit {
        if self.expected.borrow().is_met() { Exit::Success } else { Exit::Failed }
    }
}
