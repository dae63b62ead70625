//! From a case to the requests that are sent, and what is expected of the answers.

mod accepts;
mod addressed;
mod bodies;
mod greets;
mod hashes;
mod marked;
mod refuses;
mod retries;
mod survives;
mod tokens;
mod unsigned;

use super::cases::{Family, Level};
use super::plan::Planned;
use crate::catalog::Scheme;
use crate::handshake::Answer;
use crate::message::Delivery;
use crate::render::World;
use crate::secret::{Named, Secret};
use crate::signature::{self, as_requested};

pub use retries::{Retries, Retry, retries};

/// What the requests of a check are made with.
pub struct Kit<'a> {
    /// How the provider signs; nothing where it documents none, or no secret is given where none is needed.
    pub scheme: Option<&'a Scheme>,
    /// The secrets.
    pub secrets: &'a [Named],
    /// The address that is signed.
    pub url: &'a str,
    /// A header in which another provider's signature stands.
    pub foreign: &'a str,
    /// A secret of the scheme's form that is not the receiver's.
    pub wrong: &'a Secret,
    /// The token that handshakes bring.
    pub token: Option<&'a Secret>,
    /// Whether the receiver took fields that it did not know.
    pub takes_extra: bool,
    /// The status with which it refused what was not signed.
    pub unsigned: Option<u16>,
    /// Whether the receiver may be somebody else's, and is spared what costs much.
    pub is_public: bool,
}

/// What is sent for a case, and how.
#[derive(Clone, Debug)]
pub struct Shot {
    /// The requests, at least one, each with what is expected of its answer.
    pub requests: Vec<Request>,
    /// How they go out.
    pub going: Going,
}

/// A request with what is expected of its answer.
#[derive(Clone, Debug)]
pub struct Request {
    /// The request.
    pub delivery: Delivery,
    /// What a sound receiver does.
    pub expect: Expect,
}

/// How the requests of a case go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Going {
    /// One after the other, as any delivery does.
    Usual,
    /// Byte for byte: header names as they are spelt, values beyond ASCII.
    Exact,
    /// In chunks.
    Chunked,
    /// The body in pieces, with pauses between.
    Slow,
    /// Half of the body, and then the connection is closed.
    Half,
    /// All at the same moment.
    AtOnce,
    /// One after the other on the same connection.
    OnOne,
}

impl Shot {
    fn one(delivery: Delivery, expect: Expect, going: Going) -> Self {
        Self { requests: vec![Request { delivery, expect }], going }
    }

    fn two(deliveries: [Delivery; 2], expects: [Expect; 2], going: Going) -> Self {
        let requests = deliveries.into_iter().zip(expects).map(|(delivery, expect)| Request { delivery, expect });
        Self { requests: requests.collect(), going }
    }

    /// Forgeries one after the other, each of which is refused.
    fn forgeries(deliveries: Vec<Delivery>, severity: Level, going: Going) -> Self {
        let expect = Expect::Refuse { may_drop: going == Going::Exact, is_malformed: false, severity };
        let request = |mut delivery: Delivery| {
            in_lower_case(&mut delivery);
            Request { delivery, expect: expect.clone() }
        };
        Self { requests: deliveries.into_iter().map(request).collect(), going }
    }

    /// Whether it has to be written byte for byte.
    pub fn is_exact(&self) -> bool {
        !matches!(self.going, Going::Usual | Going::AtOnce)
    }
}

/// What a sound receiver does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expect {
    /// It takes the delivery.
    Accept,
    /// It refuses it.
    Refuse {
        /// Whether a connection that is closed counts as refused.
        may_drop: bool,
        /// Whether it may say that the body is malformed before it says that it is unsigned.
        is_malformed: bool,
        /// How much it counts where it is accepted.
        severity: Level,
    },
    /// It refuses it, or takes it for a handshake and does nothing but answer it.
    RefuseMarked {
        /// The handshake's answer.
        answer: Answer,
        /// How much this answer counts; nothing where anyone may ask for it.
        severity: Option<Level>,
    },
    /// It gives this answer.
    Answer(Answer),
    /// It does not give this answer.
    Withhold(Answer),
    /// It takes it once more, though it was there already.
    TakeAgain,
    /// It refuses it, though it is signed.
    Decline,
    /// It answers, whatever it may be.
    Survive,
    /// Whatever it does, another case judges it.
    Anything,
}

/// How many seconds before now the events of a case's deliveries happened.
pub fn ages(id: &str) -> &'static [i64] {
    match id {
        "address-query" => &[0, 0],
        "out-of-order" => &[0, 3_600],
        "connection-reuse" => &[0, 0, 0],
        _ => &[0],
    }
}

/// The requests of a case, made from fresh deliveries of those [`ages`] that are not signed yet. The error says why
/// the case is not sent.
pub fn shot(planned: &Planned<'_>, bases: Vec<Delivery>, kit: &Kit<'_>, world: &mut World) -> Result<Shot, String> {
    let case = planned.case;
    let mut bases = bases.into_iter();
    let base = bases.next().ok_or("no delivery was made")?;
    match case.family {
        Family::Handshake => {
            let provider = planned.event.provider;
            let known = planned.handshake.and_then(|index| provider.description.handshake.get(index));
            let known = known.ok_or("the provider documents none")?;
            match case.id {
                "handshake-wrong-token" => {
                    greets::untrusted(known, provider, &base, kit, world, &[Some("hookproof-wrong")])
                }
                "handshake-no-token" => greets::untrusted(known, provider, &base, kit, world, &[None, Some("")]),
                _ => greets::greeting(known, provider, base, kit, world),
            }
        }
        Family::Accepts if case.id == "address-query" => addressed::queried(base, bases, kit, world),
        Family::Accepts | Family::Alive => {
            let mut delivery = accepts::accepted(planned, base, kit, world)?;
            let going = match case.id {
                "chunked" => Going::Chunked,
                "header-case" => Going::Exact,
                _ => Going::Usual,
            };
            if going == Going::Chunked {
                in_lower_case(&mut delivery);
            }
            Ok(Shot::one(delivery, Expect::Accept, going))
        }
        Family::Refuses => {
            let scheme = kit.scheme.ok_or("nothing is signed, so there is nothing to refuse")?;
            let special = match case.id {
                id if id.starts_with("handshake-") => Some(marked::forged(planned, scheme, &base, kit, world)),
                id if id.starts_with("algorithm-") => Some(hashes::named(planned, scheme, &base, kit, world)),
                id if id.starts_with("token-") => Some(tokens::spelt(planned, scheme, &base, kit, world)),
                "unsigned-time" => Some(unsigned::aged(planned, scheme, base.clone(), kit, world)),
                _ => None,
            };
            if let Some(shot) = special {
                return shot;
            }
            let may_drop = case.id == "non-ascii";
            // One that answers 400 to whatever it refuses tells nothing by it.
            let is_malformed = case.id == "malformed" && kit.unsigned.is_some_and(|status| status != 400);
            let mut delivery = refuses::refused(case.id, scheme, base, kit, world)?;
            if let Ok(then) = refuses::beyond(case.id, scheme, world.now)
                && matches!(case.id, "old-timestamp" | "future-timestamp")
            {
                unsigned::stamp(&planned.event.provider.unsigned_times(scheme), &mut delivery, then);
            }
            in_lower_case(&mut delivery);
            let going = if may_drop { Going::Exact } else { Going::Usual };
            Ok(Shot::one(delivery, Expect::Refuse { may_drop, is_malformed, severity: case.level }, going))
        }
        Family::Repeats if case.id == "forged-first" => unsigned::forged_first(base, kit, world),
        Family::Repeats if case.id == "repeat-other-id" => unsigned::renamed(planned.event.provider, base, kit, world),
        Family::Repeats => repeated(case.id, base, bases, kit, world),
        Family::Survives => survives::survived(planned, base, kit, world),
        Family::Behaves if case.id == "connection-reuse" => on_one(base, bases, kit, world),
        Family::Behaves => Err("it looks at the answers to all the others".to_string()),
    }
}

/// The same delivery again, as a retry brings it, or an older one after a newer.
fn repeated(
    id: &str,
    base: Delivery,
    mut older: impl Iterator<Item = Delivery>,
    kit: &Kit<'_>,
    world: &mut World,
) -> Result<Shot, String> {
    let first = signed(base, own(kit), kit, world)?;
    if id == "out-of-order" {
        let mut older = older.next().filter(|older| older.body != first.body).ok_or("its deliveries tell no time")?;
        // The event is old, and its signature new.
        if let Some(stamp) = kit.scheme.and_then(|scheme| scheme.timestamp.as_ref()) {
            refuses::stamp_body(stamp, &mut older, world)?;
        }
        let expect = [Expect::Accept, Expect::Accept];
        return Ok(Shot::two([first, signed(older, own(kit), kit, world)?], expect, Going::Usual));
    }
    let mut again = first.clone();
    // A retry keeps the id, and its timestamp is that of its own going out.
    if let Some(names) = kit.scheme.and_then(|scheme| scheme.timestamp.as_ref()?.header.as_ref()) {
        for name in &names.0 {
            again.headers.remove(name);
        }
    }
    let again = signed(again, own(kit), kit, world)?;
    // At the same moment either may be the first.
    let (going, expect) = match id {
        "repeat-at-once" => (Going::AtOnce, Expect::TakeAgain),
        _ => (Going::Usual, Expect::Accept),
    };
    Ok(Shot::two([first, again], [expect, Expect::TakeAgain], going))
}

/// A delivery, one without a signature, whose body may be left unread, and a delivery again.
fn on_one(
    base: Delivery,
    mut more: impl Iterator<Item = Delivery>,
    kit: &Kit<'_>,
    world: &mut World,
) -> Result<Shot, String> {
    let mut requests = vec![Request { delivery: signed(base, own(kit), kit, world)?, expect: Expect::Accept }];
    if let Some(scheme) = kit.scheme
        && let Some(between) = more.next()
    {
        let mut delivery = signed(between, own(kit), kit, world)?;
        refuses::unsign(scheme, &mut delivery)?;
        // How it is refused is what no-signature is about.
        requests.push(Request { delivery, expect: Expect::Anything });
    }
    if let Some(last) = more.next() {
        requests.push(Request { delivery: signed(last, own(kit), kit, world)?, expect: Expect::Accept });
    }
    for request in &mut requests {
        in_lower_case(&mut request.delivery);
    }
    Ok(Shot { requests, going: Going::OnOne })
}

/// Header names as ordinary sending spells them, so that a case is about one thing only.
fn in_lower_case(delivery: &mut Delivery) {
    for header in &mut delivery.headers.0 {
        header.name = header.name.to_ascii_lowercase();
    }
}

fn signed(mut delivery: Delivery, secrets: &[Named], kit: &Kit<'_>, world: &mut World) -> Result<Delivery, String> {
    if let Some(scheme) = kit.scheme {
        let url = address(kit.url, &delivery);
        signature::sign(scheme, secrets, &mut delivery, Some(&as_requested(&url)), world)
            .map_err(|error| error.to_string())?;
    }
    Ok(delivery)
}

/// Returns the address of the receiver with the query of a request, which may be its own.
pub fn address(url: &str, delivery: &Delivery) -> String {
    let bare = |text: &str| text.split('#').next().unwrap_or_default().to_string();
    let (own, receiver) = (bare(&delivery.target), bare(url));
    let query = own.split_once('?').map(|(_, query)| format!("?{query}")).unwrap_or_default();
    let fragment = &url[receiver.len()..];
    format!("{}{query}{fragment}", receiver.split('?').next().unwrap_or_default())
}

/// Signs with a secret that is not the receiver's.
fn forged(delivery: Delivery, kit: &Kit<'_>, world: &mut World) -> Result<Delivery, String> {
    let wrong = Named { from: "another".to_string(), secret: kit.wrong.clone() };
    signed(delivery, std::slice::from_ref(&wrong), kit, world)
}

/// The secret that is signed with, where there is one.
fn own<'a>(kit: &Kit<'a>) -> &'a [Named] {
    kit.secrets.get(..1).unwrap_or_default()
}

fn value_of(scheme: &Scheme, delivery: &Delivery) -> Result<Vec<u8>, String> {
    signature::received(scheme, delivery).into_iter().next().ok_or_else(|| "its signature is empty".to_string())
}
