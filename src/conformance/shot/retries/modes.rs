//! The control signed in another mode of its provider, or with its signature under another of its headers' names.

use super::{Parts, Variant};
use crate::catalog::{Algorithm, Names, Provider, Scheme};

pub(super) fn variants(parts: &Parts<'_>, provider: &Provider, is_public: bool) -> Vec<Variant> {
    let own = parts.scheme;
    let mut all: Vec<Variant> = (1..own.header.0.len()).map(|index| aliased(parts, index)).collect();
    for other in &provider.description.signature {
        // The secret itself goes to nobody else's receiver.
        let gives_away = other.algorithm == Algorithm::Token && own.algorithm != Algorithm::Token && is_public;
        if other.mode == own.mode || gives_away {
            continue;
        }
        let mut scheme = other.clone();
        if scheme.header_is_free && own.header_is_free {
            scheme.header.clone_from(&own.header);
        }
        let detail = format!("{}, in {}", scheme.mode, scheme.place());
        all.push(Variant { scheme, is_anew: true, ..parts.variant("control-other-mode", detail) });
    }
    all
}

/// The scheme with another of each header's names.
fn aliased(parts: &Parts<'_>, index: usize) -> Variant {
    let other = |names: &Names| names.0.get(index).map_or_else(|| names.clone(), |name| Names::from(name.as_str()));
    let own: &Scheme = parts.scheme;
    let mut scheme = Scheme { header: other(&own.header), ..own.clone() };
    if let Some(names) = scheme.timestamp.as_mut().and_then(|stamp| stamp.header.as_mut()) {
        *names = other(names);
    }
    if let Some(id) = &mut scheme.id {
        id.header = other(&id.header);
    }
    let detail = scheme.header.first().to_string();
    Variant { scheme, is_anew: true, ..parts.variant("control-other-header", detail) }
}
