//! All that writes, each on a thread of its own, and how they end.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::{Notify, mpsc, oneshot};
use tokio::time::timeout;

use super::limit::{Cause, MessageLimit};
use crate::commands::handling::{Refused, Show, Shown, WAITING};
use crate::console::{Console, Paint};
use crate::explain::{self, Question, ValueOf};
use crate::repeats::Signed;
use crate::report;
use crate::signature::{self, Scene, Tolerance};
use crate::words::Lines;

/// How long one explanation may take.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long each thread may go on after the end, where nothing says that somebody waits for it.
const GRACE: Duration = Duration::from_secs(1);

/// A thread that the process does not wait for: what it writes to may take nothing for ever.
struct Worker {
    thread: JoinHandle<()>,
    ended: oneshot::Receiver<()>,
}

impl Worker {
    fn start(work: impl FnOnce() + Send + 'static) -> Self {
        let (end, ended) = oneshot::channel::<()>();
        let thread = std::thread::spawn(move || {
            let _end = end;
            work();
        });
        Self { thread, ended }
    }

    async fn ended(self) {
        let _ = self.ended.await;
        if let Err(panic) = self.thread.join() {
            std::panic::resume_unwind(panic);
        }
    }
}

/// All that writes, each on a thread of its own: a terminal that is held with Ctrl-S, or a pipe that
/// nobody reads, must keep neither senders waiting nor the end.
pub(super) struct Threads {
    printer: Worker,
    pub(super) nobody_reads: Arc<Notify>,
    explainer: Worker,
    /// Tells the explainer to be done.
    hurry: Arc<AtomicBool>,
    talker: Worker,
    pub(super) talk: Talk,
}

impl Threads {
    pub(super) fn start(
        console: &Console,
        shown: mpsc::Receiver<Shown>,
        refused: Receiver<Refused>,
        show: Show,
    ) -> Self {
        let nobody_reads = Arc::new(Notify::new());
        let printer = Worker::start({
            let (console, nobody_reads) = (console.clone(), nobody_reads.clone());
            move || print_all(shown, &console, &nobody_reads)
        });
        let hurry = Arc::new(AtomicBool::new(false));
        // One search at a time, off the way of the answers; the sender never sees it.
        let explainer = Worker::start({
            let (console, hurry) = (console.clone(), hurry.clone());
            move || explain_all(&refused, &console, show, &hurry)
        });
        let (lines, to_say) = sync_channel(WAITING);
        let talker = Worker::start({
            let console = console.clone();
            move || say_all(&to_say, &console)
        });
        let talk = Talk { lines, paint: console.err, limit: MessageLimit::new() };
        Self { printer, nobody_reads, explainer, hurry, talker, talk }
    }

    /// Explains nothing more, and waits for no explanation.
    pub(super) fn hurry(&self) {
        self.hurry.store(true, Ordering::Relaxed);
    }

    /// Lets the threads end, and says how it went. What waits to be shown is waited for until `hasten`
    /// is told; everything else has its time.
    pub(super) async fn end(self, hasten: &Notify, summary: String) {
        let given_up = async {
            hasten.notified().await;
            tokio::time::sleep(GRACE).await;
        };
        let is_shown = tokio::select! {
            () = self.printer.ended() => true,
            () = given_up => false,
        };
        let is_hurried = self.hurry.load(Ordering::Relaxed);
        if is_shown && !is_hurried {
            let mut explained = pin!(self.explainer.ended());
            if timeout(GRACE / 2, &mut explained).await.is_err() {
                self.hurry.store(true, Ordering::Relaxed);
                let _ = timeout(GRACE / 2, explained).await;
            }
        } else if !is_shown {
            self.talk.say(Said::Note("nobody reads stdout, so not all is shown"));
        }
        self.talk.say(Said::Line(summary));
        drop(self.talk);
        let _ = timeout(GRACE, self.talker.ended()).await;
    }
}

/// Lines for stderr.
#[derive(Clone)]
pub(super) struct Talk {
    lines: SyncSender<Said>,
    pub(super) paint: Paint,
    pub(super) limit: MessageLimit,
}

/// What is said there.
pub(super) enum Said {
    Line(String),
    Note(&'static str),
    /// What went wrong; `--quiet` does not hide it.
    Fault(String),
    /// What failed, on several lines.
    Failure(Vec<String>),
}

impl Talk {
    /// Says it, unless so much waits already that nobody seems to read it.
    pub(super) fn say(&self, said: Said) -> bool {
        self.lines.try_send(said).is_ok()
    }

    /// Says what a peer caused, within the limit of its kind.
    pub(super) fn say_within(&self, cause: Cause, said: impl FnOnce() -> Said) {
        if self.limit.allows(cause) && !self.say(said()) {
            self.limit.untold(cause);
        }
    }
}

fn print_all(mut shown: mpsc::Receiver<Shown>, console: &Console, nobody_reads: &Notify) {
    while let Some(next) = shown.blocking_recv() {
        console.print_block(&next.text);
        if console.is_closed() {
            nobody_reads.notify_one();
        }
    }
}

fn say_all(said: &Receiver<Said>, console: &Console) {
    for said in said {
        match said {
            Said::Line(line) => console.say(&line),
            Said::Note(text) => console.note(text),
            Said::Fault(text) => console.fail(&text, None),
            Said::Failure(lines) => console.fail_lines(&lines, None),
        }
    }
}

/// Tells the delivery for which a signature was right.
fn known_of(earlier: &Signed) -> String {
    let id = if earlier.is_same_id { ", which had the same id" } else { "" };
    format!("the delivery of {}{id}", report::time_of_day(Some(earlier.at)))
}

fn explain_all(refused: &Receiver<Refused>, console: &Console, show: Show, hurry: &AtomicBool) {
    let is_late = || hurry.load(Ordering::Relaxed);
    for refused in refused.iter().take_while(|_| !is_late()) {
        let value = signature::received(&refused.scheme, &refused.delivery).into_iter().next().unwrap_or_default();
        let value = String::from_utf8_lossy(&value).into_owned();
        let scene = Scene {
            delivery: &refused.delivery,
            url: refused.url.as_deref(),
            now: refused.received.unwrap_or_default(),
            tolerance: Tolerance::Documented,
        };
        let question = Question {
            scheme: &refused.scheme,
            secret: &refused.secrets[0].secret,
            variable: None,
            others: &refused.others,
            scene,
            value: &value,
            origin: ValueOf::Sender,
            depth: 2,
            beyond: &[],
        };
        let begun = Instant::now();
        let explanation = match &refused.earlier {
            // Nothing else is searched for where the cause is known.
            Some(earlier) => explain::of_earlier(&known_of(earlier)),
            None => explain::explain_each(&question, &refused.secrets, &|| begun.elapsed() < PATIENCE && !is_late()),
        };
        // Lines of JSON are for machines: there the explanation is talk.
        let paint = if show == Show::Json { console.err } else { console.out };
        let mut lines = vec![format!(
            "  why {} of {} was refused:",
            paint.remote(&refused.label, Lines::Escape),
            report::time_of_day(refused.received)
        )];
        lines.extend(report::explanation_human(&explanation, ValueOf::Sender, paint));
        match show {
            Show::Json => console.say_lines(lines),
            _ => console.report_lines(lines),
        }
    }
}
