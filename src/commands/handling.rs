//! What happens to each delivery that comes in: looked at, kept, counted, shown, answered.
//!
//! `listen` and the receiver of `send --to self` share it.

use std::cell::{Cell, RefCell};
use std::future::{Future, ready};
use std::rc::Rc;
use std::sync::mpsc::SyncSender;
use std::time::Duration;

use jiff::Timestamp;
use tokio::runtime::Runtime;
use tokio::sync::mpsc::OwnedPermit;
use tokio::sync::{Notify, mpsc};

use super::room;
use crate::catalog::Scheme;
use crate::console::{Block, Paint};
use crate::error::Error;
use crate::inspect::{Inspected, Inspector, Seen, Shaken};
use crate::json::Body;
use crate::message::{Capture, Delivery, Header, Headers};
use crate::repeats::Signed;
use crate::report::{self, Caught, Detail, Noticed};
use crate::respond::{Answer, Given, Text};
use crate::secret::{Named, Secret};
use crate::signature::{self, Verdict};
use crate::transport::{self, Limits, Permit, Reply};
use crate::words;

/// Deliveries that may wait to be shown; then answering waits too.
pub(super) const WAITING: usize = 256;
/// Memory for all deliveries that are under way, in bytes.
const IN_FLIGHT: usize = 256 << 20;
/// How long answers may still be under way at the end.
pub(super) const GRACE: Duration = Duration::from_secs(1);
/// The longest refused body that is explained, in bytes.
const EXPLAINED: usize = 256 << 10;
/// What the sender of a delivery learns that could not be kept.
const NOT_KEPT: &str = "this delivery could not be kept; try again\n";
/// What the sender of a delivery learns that there is no memory for.
const CROWDED: &str = "too much is under way; try again";
/// Characters of an event's name, which the sender chose.
const LABEL: usize = 200;

/// A runtime of one thread; what receives has threads of its own for HTTP.
pub(super) fn runtime() -> Result<Runtime, Error> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|cause| Error::Untestable { message: format!("the system gives no event loop: {cause}"), hint: None })
}

/// The bounds that hold unless others are asked for.
pub(super) fn default_limits() -> Limits {
    Limits { max_body: 10 << 20, in_flight: IN_FLIGHT, stall: Duration::from_secs(10), grace: GRACE }
}

/// A refused delivery that waits to be explained.
pub(super) struct Refused {
    pub(super) label: String,
    pub(super) received: Option<Timestamp>,
    pub(super) delivery: Delivery,
    pub(super) scheme: Scheme,
    /// Never none.
    pub(super) secrets: Vec<Named>,
    pub(super) others: Vec<(String, Secret)>,
    /// The address that the sender used.
    pub(super) url: Option<String>,
    /// The delivery for which its signature was right.
    pub(super) earlier: Option<Signed>,
}

/// A delivery, and what it was seen to be.
pub(super) struct Looked {
    capture: Capture,
    seen: Seen<'static>,
    /// Memory for the text that shows it; nothing where there is too little for it.
    room: Option<Permit>,
}

/// What is shown of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Show {
    /// It is only counted.
    Nothing,
    /// Lines for the eye.
    Human(Detail),
    /// A line of JSON.
    Json,
}

/// Text that waits to be written, and the memory that it takes until then.
pub(super) struct Shown {
    pub(super) text: Block,
    _permit: Option<Permit>,
}

impl Shown {
    /// A line of JSON that is no delivery.
    pub(super) fn line(line: &str) -> Self {
        Self { text: Paint::default().block([line]), _permit: None }
    }

    /// A text whose memory comes out of this permit.
    pub(super) fn text(mut text: Block, permit: &mut Permit) -> Self {
        // Writing it may have doubled its buffer.
        text.shrink_to_fit();
        let permit = permit.split(text.len());
        Self { text, _permit: Some(permit) }
    }
}

/// Keeps a delivery and looks closer at it, once it is known what it is; nothing where it could not be kept.
type Notice = dyn Fn(&Capture, &Inspected<'_>) -> Option<Noticed>;

/// Takes deliveries on to somewhere else.
pub(super) trait Onward {
    /// Whether the sender gets the answer of where this one goes.
    fn answers(&self, inspected: &Inspected<'_>) -> bool;
    /// The memory that is needed to take it on.
    fn room(&self, capture: &Capture, inspected: &Inspected<'_>) -> usize;
    /// Takes it on; an answer, where it is that of the sender.
    fn take(&self, capture: Capture, inspected: &Inspected<'_>, permit: Permit) -> Taken;
}

/// A delivery that is taken on.
pub(super) type Taken = std::pin::Pin<Box<dyn Future<Output = Option<Reply>>>>;

/// What happens to each delivery: looked at, kept, counted, shown, answered.
#[derive(Clone)]
pub(super) struct Handling {
    pub(super) inspector: &'static Inspector,
    show: Show,
    paint: Paint,
    count: Option<u64>,
    out: mpsc::Sender<Shown>,
    /// Who explains what is refused, where that is wanted.
    pub(super) explainer: Option<SyncSender<Refused>>,
    /// How many there were of each verdict.
    pub(super) seen: Rc<RefCell<Vec<(Verdict, usize)>>>,
    /// How many were refused while another was explained.
    pub(super) unexplained: Rc<Cell<usize>>,
    /// Keeps each delivery before it is answered, and looks closer at it.
    pub(super) notice: Rc<Notice>,
    /// Where deliveries that are let in go on to.
    pub(super) onward: Option<Rc<dyn Onward>>,
    /// Is told of handshakes, which are no deliveries.
    pub(super) shaken: Rc<dyn Fn(String)>,
    /// Is told of deliveries that there is no memory for.
    pub(super) crowded: Rc<dyn Fn(transport::Refused)>,
    /// Whether one more may be explained now.
    pub(super) may_explain: Rc<dyn Fn() -> bool>,
    /// Told when the wanted number has come.
    pub(super) enough: Rc<Notify>,
    /// Lets no answer wait any longer.
    pub(super) stopping: Rc<Stopping>,
}

impl Handling {
    pub(super) fn new(
        inspector: &'static Inspector,
        show: Show,
        paint: Paint,
        count: Option<u64>,
    ) -> (Self, mpsc::Receiver<Shown>) {
        let (out, shown) = mpsc::channel(WAITING);
        let handling = Self {
            inspector,
            show,
            paint,
            count,
            out,
            explainer: None,
            seen: Rc::default(),
            unexplained: Rc::default(),
            notice: Rc::new(|_, _| Some(Noticed::default())),
            onward: None,
            shaken: Rc::new(|_| ()),
            crowded: Rc::new(|_| ()),
            may_explain: Rc::new(|| true),
            enough: Rc::new(Notify::new()),
            stopping: Rc::default(),
        };
        (handling, shown)
    }

    /// What each thread of the server does with a delivery before the handler gets it.
    pub(super) fn look(&self) -> impl Fn(Capture, &mut Permit) -> Looked + Clone + Send + use<> {
        let (inspector, show) = (self.inspector, self.show);
        move |capture, permit| {
            let now = capture.received.unwrap_or_else(Timestamp::now);
            let seen = inspector.look(&capture.delivery, &Body::new(&capture.delivery.body), now);
            let shown = room::shown(show, &capture, &seen);
            let room = permit.take(room::copies(&seen) + shown).then(|| permit.split(shown));
            Looked { capture, seen, room }
        }
    }

    /// The handler for the server; the channel closes with the last of its clones.
    pub(super) fn handler(&self) -> impl Fn(Looked, Permit) -> HandlerFuture + 'static {
        let handling = Rc::new(self.clone());
        move |looked, permit| handling.handle(looked, permit)
    }

    /// Keeps and counts what came; what is returned shows it and waits for its answer.
    fn handle(self: &Rc<Self>, looked: Looked, mut permit: Permit) -> HandlerFuture {
        let Looked { mut capture, seen, room } = looked;
        let mut inspected = match seen {
            Seen::Delivery(inspected) => inspected,
            Seen::Handshake(found) => {
                (self.shaken)(report::shaken_line(&found, self.paint));
                return Box::pin(ready(answer_to(found)));
            }
        };
        let onward = self.onward.as_ref().filter(|_| inspected.status == 200);
        let room = room.filter(|_| onward.is_none_or(|onward| permit.take(onward.room(&capture, &inspected))));
        let Some(mut room) = room else { return Box::pin(ready(self.turned_away(&capture))) };
        inspected.is_handed_on = onward.is_some_and(|onward| onward.answers(&inspected));
        let Some(noticed) = (self.notice)(&capture, &inspected) else {
            return Box::pin(ready(Reply::text(503, NOT_KEPT)));
        };
        let total = tally(&mut self.seen.borrow_mut(), inspected.judgement.verdict);
        // As it came: where it is shown an address that may hold a secret is redacted.
        let url = if inspected.status == 200 { None } else { self.inspector.address(&capture.delivery) };
        let shown = self.text(&mut capture, &inspected, &noticed).map(|text| Shown::text(text, &mut room));
        drop(room);
        let refused = self.refused(&capture, &inspected, url);
        let refused = refused.map(|refused| Refused { earlier: noticed.earlier, ..refused });
        let (delay, reply) = match noticed.answer {
            Some(given) => (given.delay, on_purpose(given)),
            None => (Duration::ZERO, Reply::text(inspected.status, reply(inspected.status))),
        };
        let taken = onward.map(|onward| onward.take(capture, &inspected, permit));
        let last = Last(self.count.is_some_and(|count| total >= count).then(|| self.enough.clone()));
        let handling = self.clone();
        Box::pin(async move {
            // It counts also where its sender waits no longer for the answer.
            let _last = last;
            if let Some(shown) = shown {
                // A printer that is gone has nobody to print for.
                let _ = handling.out.send(shown).await;
            }
            if let (Some(explainer), Some(refused)) = (&handling.explainer, refused) {
                // The one at work goes on; what comes meanwhile is not explained.
                let is_late = !(handling.may_explain)() || explainer.try_send(refused).is_err();
                handling.unexplained.set(handling.unexplained.get() + usize::from(is_late));
            }
            let answer = match taken {
                Some(taken) => taken.await,
                None => None,
            };
            handling.stopping.pause(delay).await;
            answer.unwrap_or(reply)
        })
    }

    /// The answer to a delivery that there is no memory for. It is neither kept nor counted, and may come again.
    fn turned_away(&self, capture: &Capture) -> Reply {
        let peer = capture.peer.as_deref().and_then(|peer| peer.parse().ok());
        let refused = |peer| transport::Refused {
            method: capture.delivery.method.clone(),
            target: words::shorten(&capture.delivery.target, LABEL),
            peer,
            status: 503,
            why: CROWDED,
        };
        if let Some(refused) = peer.map(refused) {
            (self.crowded)(refused);
        }
        let retry = Headers(vec![Header { name: "Retry-After".to_string(), value: b"1".to_vec() }]);
        Reply::text(503, format!("{CROWDED}\n")).with(&retry)
    }

    /// What is shown of a delivery. From here on it is only shown, and its address may hold a secret.
    fn text(&self, capture: &mut Capture, inspected: &Inspected<'_>, noticed: &Noticed) -> Option<Block> {
        if self.show == Show::Nothing {
            return None;
        }
        let keyring = &self.inspector.keyring;
        let target = keyring.redact(capture.delivery.target.as_bytes());
        capture.delivery.target = String::from_utf8_lossy(&target).into_owned();
        let headers = signature::shown(&capture.delivery.headers, inspected.scheme.as_deref(), keyring);
        let caught = Caught { capture, headers: &headers, inspected, noticed };
        Some(match self.show {
            Show::Human(detail) => self.paint.block(report::caught_human(&caught, detail, self.paint)),
            Show::Json | Show::Nothing => self.paint.block([report::caught_json(&caught)]),
        })
    }

    /// What the explainer needs, where there is one and a delivery is worth it.
    fn refused(&self, capture: &Capture, inspected: &Inspected<'_>, url: Option<String>) -> Option<Refused> {
        self.explainer.as_ref().filter(|_| self.show != Show::Nothing)?;
        let keyring = &self.inspector.keyring;
        let provider = inspected.identified.provider?;
        let judgement = &inspected.judgement;
        let is_wanted = judgement.verdict == Verdict::Invalid && !judgement.explains_itself();
        let is_wanted = is_wanted && capture.delivery.body.len() <= EXPLAINED;
        let secrets = keyring.all_of(provider.family());
        (is_wanted && !secrets.is_empty()).then_some(())?;
        Some(Refused {
            received: capture.received,
            label: words::shorten(&inspected.identified.label(), LABEL),
            delivery: capture.delivery.clone(),
            scheme: inspected.scheme.clone()?.into_owned(),
            secrets: secrets.to_vec(),
            others: keyring.others(provider.family()),
            url,
            earlier: None,
        })
    }

    /// Where lines go that are shown among the deliveries.
    pub(super) fn printer(&self) -> mpsc::Sender<Shown> {
        self.out.clone()
    }

    /// Shows a line before any delivery.
    pub(super) fn say_first(&self, line: &str) {
        let _ = self.out.try_send(Shown::line(line));
    }

    /// Room for a line behind all deliveries, however many of them wait.
    pub(super) fn last_line(&self) -> Option<OwnedPermit<Shown>> {
        self.out.clone().try_reserve_owned().ok()
    }

    /// Answers handshakes that are no POST; they are told of and not counted.
    pub(super) fn aside(&self) -> impl Fn(&Delivery) -> Option<Reply> + 'static {
        let (inspector, shaken, paint) = (self.inspector, self.shaken.clone(), self.paint);
        move |request| {
            let found = inspector.shake_hands(request, Timestamp::now())?;
            shaken(report::shaken_line(&found, paint));
            Some(answer_to(found))
        }
    }
}

fn answer_to(found: Shaken<'_>) -> Reply {
    match found.answer {
        Ok(answer) if answer.is_json => Reply::json(answer.status, answer.text),
        Ok(answer) => Reply::text(answer.status, answer.text),
        Err(_) => Reply::text(401, reply(401)),
    }
}

/// An answer that is on its way.
type HandlerFuture = std::pin::Pin<Box<dyn Future<Output = Reply>>>;

fn tally(seen: &mut Vec<(Verdict, usize)>, verdict: Verdict) -> u64 {
    match seen.iter_mut().find(|(known, _)| *known == verdict) {
        Some((_, count)) => *count += 1,
        None => seen.push((verdict, 1)),
    }
    seen.iter().map(|(_, count)| *count as u64).sum()
}

/// The answer that the user wants.
fn on_purpose(given: Given) -> Reply {
    let hangs_up = given.answer == Answer::HangUp;
    let status = given.answer.status();
    let is_success = status.is_some_and(|status| status / 100 == 2);
    let status = status.unwrap_or_default();
    let reply = match given.body {
        Some(Text { text, is_json: true }) => Reply::json(status, text),
        Some(Text { text, is_json: false }) => Reply::text(status, text),
        None => Reply::text(status, if is_success { "ok\n" } else { "answered on purpose\n" }),
    };
    let mut reply = reply.with(&given.headers);
    reply.is_hang_up = hangs_up;
    reply
}

/// Tells, when it is done with, that the wanted number has come.
struct Last(Option<Rc<Notify>>);

impl Drop for Last {
    fn drop(&mut self) {
        if let Some(enough) = &self.0 {
            enough.notify_one();
        }
    }
}

/// The end, for answers that are held back: then they go out at once.
#[derive(Default)]
pub(super) struct Stopping {
    is_told: Cell<bool>,
    told: Notify,
}

impl Stopping {
    /// Lets no answer wait any longer.
    pub(super) fn tell(&self) {
        self.is_told.set(true);
        self.told.notify_waiters();
    }

    /// Waits so long, or until the end.
    pub(super) async fn pause(&self, delay: Duration) {
        if delay.is_zero() || self.is_told.get() {
            return;
        }
        tokio::select! {
            () = tokio::time::sleep(delay) => {}
            () = self.told.notified() => {}
        }
    }
}

/// The sender learns that it was refused, and never why.
fn reply(status: u16) -> &'static str {
    if status == 200 { "ok\n" } else { "refused\n" }
}
