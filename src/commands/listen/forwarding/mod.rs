//! Deliveries handed on to an application, and its answer back to the sender.

mod answer;
mod application;
mod loops;
mod options;
mod queue;

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use reqwest::Url;
use tokio::sync::{Notify, mpsc};

use super::threads::{Said, Talk};
use crate::commands::chance;
use crate::commands::context::Context;
use crate::commands::handling::{GRACE, Onward, Show, Shown, Stopping, WAITING};
use crate::commands::secrets::SecretArgs;
use crate::commands::send::redacted;
use crate::commands::trust;
use crate::commands::way::Way;
use crate::console::Paint;
use crate::error::Error;
use crate::exit::Exit;
use crate::inspect::Inspector;
use crate::report::{self, Outcome};
use crate::route::Routes;
use crate::transport::{KEPT, SendOptions};
use crate::{target, words};
use application::Application;
use options::Destinations;
use queue::{Desk, Job};

pub(super) use options::ForwardArgs;
pub(super) use queue::Queue;

/// Longer than anything waits.
const UNBOUNDED: Duration = Duration::from_secs(365 * 86_400);
/// How long the last answers have to be written.
const LAST_ANSWERS: Duration = Duration::from_millis(50);

/// Where deliveries go on to, and what came of them so far.
pub(super) struct Forwarding {
    routes: Routes,
    applications: Vec<Application>,
    parallel: usize,
    answer_first: bool,
    inspector: &'static Inspector,
    show: Show,
    paint: Paint,
    /// Told at the end to those who wait for an answer still.
    given_up: Stopping,
    /// Taken on, and not done with.
    open: Cell<usize>,
    done: Notify,
    accepted: Cell<usize>,
    refused: Cell<usize>,
    undelivered: Cell<usize>,
    /// Whether a long answer was told of.
    is_length_told: Cell<bool>,
}

/// What a listener was started with.
#[derive(Clone, Copy)]
pub(super) struct Setting<'a> {
    pub(super) context: &'a Context,
    pub(super) secrets: &'a SecretArgs,
    pub(super) inspector: &'static Inspector,
    pub(super) show: Show,
}

impl Forwarding {
    pub(super) fn new(args: &ForwardArgs, setting: Setting<'_>) -> Result<Rc<Self>, Error> {
        options::check_verifying(setting.inspector)?;
        let destinations = args.destinations(setting.context, setting.inspector)?;
        let addresses = &destinations.routes.addresses;
        let made = addresses.iter().map(|url| application(url, args, &destinations, &setting));
        let applications: Vec<Application> = made.collect::<Result<_, Error>>()?;
        let Setting { context, inspector, show, .. } = setting;
        if inspector.keyring.is_empty() && applications.iter().any(|application| application.signing.is_some()) {
            context.console.note("no secret is given to verify with, so whatever comes is signed for the application");
        }
        Ok(Rc::new(Self {
            routes: destinations.routes,
            applications,
            parallel: args.parallel.get(),
            answer_first: args.answer_first,
            inspector,
            show,
            paint: context.console.out,
            given_up: Stopping::default(),
            open: Cell::new(0),
            done: Notify::new(),
            accepted: Cell::new(0),
            refused: Cell::new(0),
            undelivered: Cell::new(0),
            is_length_told: Cell::new(false),
        }))
    }

    /// What takes deliveries on, and what works them off.
    pub(super) fn open(self: &Rc<Self>, out: mpsc::Sender<Shown>) -> (Rc<dyn Onward>, Queue) {
        let (sender, jobs) = mpsc::channel(WAITING);
        (Rc::new(Desk { forwarding: self.clone(), jobs: sender }), Queue { jobs, out })
    }

    /// Refuses to forward to the listener itself.
    pub(super) async fn refuse_loops(&self, listening: &[SocketAddr]) -> Result<(), Error> {
        for application in &self.applications {
            if loops::leads_back(&application.way.url, listening).await {
                return Err(Error::usage(
                    format!("{} is this listener itself; forwarding to it would never end", application.shown),
                    "--forward takes the application's address, --port another one for the listener",
                ));
            }
        }
        Ok(())
    }

    /// Says where deliveries go.
    pub(super) fn introduce(&self, talk: &Talk) {
        let shown: Vec<String> = self.applications.iter().map(|application| application.shown.clone()).collect();
        let how = if self.answer_first { "; senders are answered at once" } else { "" };
        talk.say(Said::Line(format!("Forwarding to {}{how}", words::list(&shown, "and"))));
    }

    /// Whether anything is signed afresh.
    fn signs(&self) -> bool {
        self.applications.iter().any(|application| application.signing.is_some())
    }

    /// Done when nothing waits any more, and the last answers had their time.
    pub(super) async fn settled(&self) {
        if self.open.get() == 0 {
            return;
        }
        while self.open.get() > 0 {
            self.done.notified().await;
        }
        tokio::time::sleep(LAST_ANSWERS).await;
    }

    /// Answers those who wait still, since nothing is waited for any longer.
    pub(super) async fn give_up(&self) {
        self.given_up.tell();
        tokio::time::sleep(LAST_ANSWERS).await;
    }

    fn tally(&self, outcome: &Outcome) {
        let count = match outcome {
            Outcome::Answered(_, true) => &self.accepted,
            Outcome::Answered(_, false) => &self.refused,
            _ => &self.undelivered,
        };
        count.set(count.get() + 1);
    }

    /// Said once: an answer that did not go back whole.
    fn say_too_long(&self, outcome: &Outcome, talk: &Talk) {
        let is_too_long = matches!(outcome, Outcome::Answered(answer, _) if answer::is_too_long(answer));
        if is_too_long && !self.is_length_told.replace(true) {
            talk.say(Said::Note(answer::TOO_LONG));
        }
    }

    async fn tell(&self, job: &Job, to: &Application, outcome: Outcome, out: &mpsc::Sender<Shown>) {
        if self.show == Show::Nothing {
            return;
        }
        let mut outcome = redacted(answer::told(outcome), &self.inspector.keyring);
        for signing in self.applications.iter().filter_map(|application| application.signing.as_ref()) {
            outcome = redacted(outcome, signing);
        }
        let lines = match self.show {
            Show::Json => vec![report::forwarded_json(&job.about, &to.shown, &outcome)],
            _ => report::forwarded_lines(&job.about, &to.shown, &outcome, self.paint),
        };
        // A printer that is gone has nobody to print for.
        let shown = Shown::text(self.paint.block(lines), &mut job.permit.borrow_mut().split(0));
        let _ = out.send(shown).await;
    }

    /// What came of them, for the summary.
    pub(super) fn summary(&self) -> String {
        let counts = [
            (self.accepted.get(), "accepted"),
            (self.refused.get(), "refused"),
            (self.undelivered.get() + self.open.get(), "not delivered"),
        ];
        let all: usize = counts.iter().map(|(count, _)| count).sum();
        let parts: Vec<String> =
            counts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
        if all == 0 { "; none forwarded".to_string() } else { format!("; forwarded: {}", parts.join(", ")) }
    }

    /// What `listen` ends with.
    pub(super) fn exit(&self) -> Exit {
        let is_whole = self.refused.get() + self.undelivered.get() + self.open.get() == 0;
        if is_whole { Exit::Success } else { Exit::Failed }
    }

    /// Lets what waits go on to its end. A signal gives it a moment, a second one none.
    pub(super) async fn finish(&self, work: impl Future<Output = ()>, is_signal: bool, hasten: &Notify) {
        let enough = async {
            if is_signal {
                tokio::time::sleep(GRACE).await;
            } else {
                hasten.notified().await;
                // Others wait for it too.
                hasten.notify_one();
            }
        };
        tokio::select! {
            () = work => {}
            () = enough => {}
        }
    }
}

/// An application at an address.
fn application(
    url: &Url,
    args: &ForwardArgs,
    destinations: &Destinations,
    setting: &Setting<'_>,
) -> Result<Application, Error> {
    let Setting { context, secrets, inspector, .. } = setting;
    let kept = if args.answer_first { KEPT } else { answer::LONGEST + 1 };
    let target = destinations.target(url);
    let cleared = trust::clear_received(context, url, target)?;
    let signing = args.signing(secrets, target, context, inspector)?;
    let options = args.connection.options(&cleared, args.forward_timeout, context)?;
    let mut shown = inspector.keyring.redact(target::shown(url).as_bytes());
    if let Some(signing) = &signing {
        shown = signing.redact(&shown);
    }
    Ok(Application {
        way: Way::new(url, SendOptions { kept, ..options }, &args.connection, context)?,
        shown: String::from_utf8_lossy(&shown).into_owned(),
        signing,
        inspector,
        random: RefCell::new(chance::stream()?),
        retry: args.forward_retry,
        is_down: Cell::new(false),
        missed: Cell::new(0),
        is_address_told: Cell::new(false),
    })
}
