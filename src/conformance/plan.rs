//! Which cases are sent, and in which order.

use wildmatch::WildMatch;

use super::cases::{CASES, Case, Level};
use crate::catalog::{Algorithm, Event, Handshake, Provider, Scheme};

/// A case that is to be sent.
#[derive(Clone, Debug)]
pub struct Planned<'a> {
    /// Its name: the case's, with the event's where there is one for each.
    pub name: String,
    /// What it is.
    pub case: &'static Case,
    /// The event whose delivery it is made from.
    pub event: Event<'a>,
    /// The handshake, where it is one.
    pub handshake: Option<usize>,
}

/// What the user wants of the plan.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Globs over names; all where there are none.
    pub only: Vec<String>,
    /// Globs over names that are left out.
    pub skip: Vec<String>,
    /// This level and those above.
    pub level: Option<Level>,
}

impl Selection {
    /// Whether a case is wanted. The first and the last are always sent: without them nothing is proved.
    fn wants(&self, name: &str, case: &Case) -> bool {
        if matches!(case.id, "control" | "alive") {
            return true;
        }
        let fits = |glob: &String| {
            let glob = WildMatch::new(glob);
            glob.matches(name) || glob.matches(case.id) || glob.matches(case.family.word())
        };
        let is_meant = self.only.is_empty() || self.only.iter().any(fits);
        is_meant && !self.skip.iter().any(fits) && self.level.is_none_or(|level| case.level >= level)
    }

    /// A glob that means no case at all.
    pub fn unknown(&self, planned: &[Planned<'_>]) -> Option<&str> {
        let fits = |glob: &str| {
            let glob = WildMatch::new(glob);
            let is_case = |case: &Case| glob.matches(case.id) || glob.matches(case.family.word());
            planned.iter().any(|planned| glob.matches(&planned.name)) || CASES.iter().any(is_case)
        };
        self.only.iter().chain(&self.skip).map(String::as_str).find(|glob| !fits(glob))
    }
}

/// Every case for these events of one provider, in the order in which they are sent.
pub fn plan<'a>(provider: &'a Provider, events: &[Event<'a>], selection: &Selection) -> Vec<Planned<'a>> {
    let all = everything(provider, events);
    all.into_iter().filter(|planned| selection.wants(&planned.name, planned.case)).collect()
}

/// The plan without a selection.
pub fn everything<'a>(provider: &'a Provider, events: &[Event<'a>]) -> Vec<Planned<'a>> {
    let Some(first) = events.first() else { return Vec::new() };
    let one = |case: &'static Case, name: &str, event: &Event<'a>| Planned {
        name: name.to_string(),
        case,
        event: event.clone(),
        handshake: None,
    };
    let mut planned = Vec::new();
    for case in CASES {
        match case.id {
            "event" => planned.extend(events.iter().map(|event| {
                let variant = event.variant.map(|variant| format!("--{variant}")).unwrap_or_default();
                one(case, &format!("event:{}{variant}", event.name), event)
            })),
            "handshake" => {
                planned.extend(provider.description.handshake.iter().enumerate().map(|(index, handshake)| Planned {
                    handshake: Some(index),
                    ..one(case, &format!("handshake:{}", handshake.name), first)
                }));
            }
            id if id.starts_with("handshake-") => {
                let known = provider.description.handshake.iter().enumerate();
                planned.extend(known.filter(|(_, known)| is_forgeable(case.id, known)).map(|(index, handshake)| {
                    Planned { handshake: Some(index), ..one(case, &format!("{}:{}", case.id, handshake.name), first) }
                }));
            }
            id if calls_for(provider, id) => planned.push(one(case, id, first)),
            _ => {}
        }
    }
    planned
}

/// Returns true if a handshake has the property that a case is about.
fn is_forgeable(id: &str, known: &Handshake) -> bool {
    match id {
        "handshake-oracle" => known.signed && known.method == "POST" && known.answer.computes(),
        "handshake-marks" => known.method == "POST" || known.when.query.is_some(),
        "handshake-wrong-token" | "handshake-no-token" => known.token.is_some(),
        _ => known.signed && known.method == "POST",
    }
}

/// Returns true if the description has the property that a case is about, in any of its modes.
fn calls_for(provider: &Provider, id: &str) -> bool {
    let schemes = &provider.description.signature;
    match id {
        "address-query" => schemes.iter().any(Scheme::covers_address),
        "forged-first" => !schemes.is_empty(),
        "unsigned-time" => schemes.iter().any(|scheme| !provider.unsigned_times(scheme).is_empty()),
        "repeat-other-id" => schemes.iter().any(|scheme| !provider.unsigned_ids(scheme).is_empty()),
        id if id.starts_with("algorithm-") => schemes.iter().any(|scheme| scheme.hash_name().is_some()),
        id if id.starts_with("token-") => schemes.iter().any(|scheme| scheme.algorithm == Algorithm::Token),
        _ => true,
    }
}
