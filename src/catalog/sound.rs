//! Whether a provider is sound: what no reader of TOML can see of its samples, names and paths.

use std::iter;

use super::accept::Alternative;
use super::content::Part;
use super::describe::{Alias, Description, EventTime, Pattern, Place};
use super::handshake::Handshake;
use super::load::line_of;
use super::retry::Retries;
use super::scheme::{Algorithm, Encoding, Scheme, Side, Stamp};
use super::template::Template;
use super::when::Condition;
use super::{CatalogError, Provider, Sample, Shape};
use crate::json;
use crate::message::is_header_name;
use crate::path::Path;
use crate::words::{self, Lines};

impl Provider {
    /// Looks at everything that no reader of TOML can: samples, names, paths. It is skipped for the embedded
    /// folders, since the tests do it.
    pub fn check(&self) -> Result<(), CatalogError> {
        self.check_description()?;
        for (name, Sample { text, .. }) in self.samples.iter().filter(|(_, sample)| sample.shape == Shape::Json) {
            let fail = |line, what| CatalogError { file: format!("{}/{name}.json", self.shown), line, what };
            let document = json::Document::parse(text)
                .map_err(|error| fail(Some(line_of(text, error.at)), format!("{error}; expected one JSON value")))?;
            let times = self.description.time.as_ref();
            if let Some(EventTime::At(path)) = times.map(|times| &times.event) {
                let written = document.scalar_at(path);
                if written.as_deref().and_then(crate::moment::read).is_none() {
                    let found = written.map_or("nothing".to_string(), |found| format!("`{found}`"));
                    return Err(fail(None, format!("at `{path}` a time was expected, found {found}")));
                }
            }
        }
        self.check_paths()
    }

    fn check_description(&self) -> Result<(), CatalogError> {
        let description = &self.description;
        let odd = odd_name(&self.id, description)
            .or_else(|| odd_header(description))
            .or_else(|| odd_retries(description))
            .or_else(|| odd_mode(description))
            .or_else(|| odd_handshake(description))
            .or_else(|| odd_identity(description))
            .or_else(|| odd_pattern(description));
        match odd {
            None => Ok(()),
            Some((near, what)) => {
                Err(CatalogError { file: format!("{}/provider.toml", self.shown), line: self.line_with(&near), what })
            }
        }
    }

    /// A declared path that no sample has is a misspelt one.
    fn check_paths(&self) -> Result<(), CatalogError> {
        let description = &self.description;
        let documents: Vec<_> =
            self.samples.values().filter_map(|sample| json::Document::parse(&sample.text).ok()).collect();
        let times = description.time.iter().flat_map(|times| &times.shift);
        let identities = description.identity.values().flat_map(|identity| &identity.at);
        let derived = description.derived.iter().map(|derived| &derived.path);
        let carried = description.carried.iter().flat_map(|carried| carried.paths.iter().chain(&carried.from));
        let naming = [&description.event.name, &description.event.id].into_iter().flatten();
        let named = naming.filter_map(|place| match place {
            Place::Body(path) => Some(path),
            Place::Header(_) => None,
        });
        let marks = &description.recognise.body;
        let stands = |path: &&Path| documents.iter().any(|document| document.find(path).is_some());
        match times.chain(identities).chain(derived).chain(carried).chain(named).chain(marks).find(|path| !stands(path))
        {
            None => Ok(()),
            Some(path) => Err(CatalogError {
                file: format!("{}/provider.toml", self.shown),
                line: self.line_with(&format!("\"{path}\"")),
                what: format!("`{path}` stands in no sample of this folder; expected a path that does"),
            }),
        }
    }
}

/// A text near which something is wrong, and what.
type Odd = Option<(String, String)>;

/// Finds a name that a person types or a report repeats, and that holds a character nobody can see or type.
fn odd_name(id: &str, description: &Description) -> Odd {
    let events = description.events.iter().flat_map(|(name, event)| iter::once(name).chain(event.variants.keys()));
    let patterns = &description.pattern;
    let patterns =
        patterns.iter().flat_map(|pattern| [&pattern.name, &pattern.sample].into_iter().chain(pattern.verbs.keys()));
    let modes = description.signature.iter().map(|scheme| &scheme.mode);
    let others = description.alias.keys().chain(description.identity.keys());
    let others = others.chain(description.handshake.iter().map(|handshake| &handshake.name));
    let names = events.chain(patterns).chain(modes).chain(others).map(String::as_str);
    let is_odd = |name: &&str| words::printable(name, Lines::Escape) != **name;
    let name = iter::once(id).chain(names).find(is_odd)?;
    let shown = words::printable(name, Lines::Escape);
    Some((name.to_string(), format!("the name `{shown}` has a character that cannot be seen; expected printable text")))
}

fn odd_header(description: &Description) -> Odd {
    let retry = description.delivery.retry.iter();
    let of_retries = retry.flat_map(|retry| retry.header.keys().chain(retry.stop.keys()));
    let of_schemes = description.signature.iter().flat_map(Scheme::header_names);
    let mut all = description.header.keys().chain(of_schemes).chain(of_retries);
    let name = all.find(|name| !is_header_name(name))?;
    Some((name.clone(), format!("`{name}` is no header name; expected letters, digits and dashes")))
}

fn odd_retries(description: &Description) -> Odd {
    let what = description.delivery.retry.as_ref().and_then(Retries::fault)?;
    Some(("[delivery.retry]".to_string(), format!("the table delivery.retry {what}")))
}

fn odd_mode(description: &Description) -> Odd {
    let schemes = &description.signature;
    if let Some((scheme, what)) = schemes.iter().find_map(|scheme| Some((scheme, contradiction(scheme)?))) {
        let near = scheme.header.0.first().unwrap_or(&scheme.mode);
        return Some((near.clone(), format!("the mode `{}` {what}", scheme.mode)));
    }
    let of_vectors = description.vector.iter().map(|vector| &vector.mode);
    if let Some(alias) =
        description.alias.values().find(|alias| !alias.modes.is_empty() && !alias.modes.contains(&alias.mode))
    {
        let what = format!("`{}` goes first and is not among the modes of the alias; expected it there", alias.mode);
        return Some((format!("\"{}\"", alias.mode), what));
    }
    let fault = |alias: &'_ Alias| alias.when.values().flat_map(|when| &when.0).find_map(Condition::fault);
    if let Some(what) = description.alias.values().find_map(fault) {
        return Some(("when".to_string(), format!("an alias {what}")));
    }
    let of_aliases = description
        .alias
        .values()
        .flat_map(|alias| iter::once(&alias.mode).chain(&alias.modes).chain(alias.when.keys()));
    let mut mentioned = of_vectors.chain(of_aliases);
    if let Some(mode) = mentioned.find(|mode| !schemes.iter().any(|scheme| scheme.mode == **mode)) {
        return Some((format!("\"{mode}\""), format!("`{mode}` is no mode of this file; expected one of them")));
    }
    if let Some(scheme) =
        schemes.iter().find(|scheme| scheme.header_texts().any(|text| text.contains(char::is_control)))
    {
        let what = format!("the mode `{}` has a control character in the text of a header", scheme.mode);
        return Some((scheme.mode.clone(), what));
    }
    let with_names = |scheme: &&Scheme| scheme.id.as_ref().is_some_and(|id| !id.make.names().is_empty());
    let mode = &schemes.iter().find(with_names)?.mode;
    Some((mode.clone(), format!("the id of the mode `{mode}` names an identity; expected {{uuid}} and such")))
}

fn odd_handshake(description: &Description) -> Odd {
    let what = |handshake: &Handshake| {
        let (when, name) = (&handshake.when, &handshake.name);
        if when.body.is_some() == when.query.is_some() {
            Some(format!("`when` of the handshake `{name}` needs a body or a query"))
        } else if handshake.answer.computes() && !handshake.signed {
            Some(format!("the handshake `{name}` would sign any text for anybody; expected signed = true"))
        } else {
            let what = handshake.token.as_ref().and_then(|token| token_fault(handshake, &token.query))?;
            Some(format!("the token of the handshake `{name}` {what}; expected a field of the query that is its alone"))
        }
    };
    description.handshake.iter().find_map(|handshake| Some((handshake.name.clone(), what(handshake)?)))
}

/// Returns what is wrong with the field of the query that holds a handshake's token.
fn token_fault(handshake: &Handshake, field: &str) -> Option<&'static str> {
    match field {
        "" => Some("stands in a field without a name"),
        field if handshake.when.query.as_deref() == Some(field) => Some("stands where the handshake is told by"),
        field if handshake.answer.queries().contains(&field) => Some("is given back by the answer"),
        _ => None,
    }
}

fn odd_identity(description: &Description) -> Odd {
    let identities = &description.identity;
    let known =
        |name: &str| ["event", "object", "event_ms", "event_s"].contains(&name) || identities.contains_key(name);
    let of_schemes = description.signature.iter().filter_map(|scheme| scheme.id.as_ref()).map(|id| &id.make);
    let own = description.header.values().chain(identities.values().map(|identity| &identity.make));
    if let Some(name) = own.chain(of_schemes).flat_map(Template::names).find(|name| !known(name)) {
        let expected =
            "an identity of this file, event, object, event_ms, or {uuid} {ulid} {hex:N} {base62:N} {digits:N}";
        return Some((format!("{{{name}"), format!("`{{{name}}}` names no identity; expected {expected}")));
    }
    let with = &description.carried.iter().find(|carried| !identities.contains_key(&carried.with))?.with;
    Some((with.clone(), format!("`{with}` is no identity of this file; expected one of them")))
}

fn odd_pattern(description: &Description) -> Odd {
    description.pattern.iter().find_map(|Pattern { name, verbs, .. }| {
        if !name.contains("{object}") {
            return Some((name.clone(), format!("the pattern `{name}` has no {{object}}; expected one")));
        }
        let mut paths = verbs.values().flat_map(|verb| verb.set.keys());
        paths.find_map(|path| Some((path.clone(), Path::parse(path).err()?.to_string())))
    })
}

/// Returns true if a side is advisory and has no bound.
fn has_empty_advice(stamp: &Stamp) -> bool {
    let bound = |side: &Side| match side {
        Side::Past => stamp.past,
        Side::Future => stamp.future,
    };
    stamp.advisory.iter().any(|side| bound(side).is_none())
}

/// What of a scheme does not fit together.
fn contradiction(scheme: &Scheme) -> Option<String> {
    let has = |part: Part| scheme.content.0.contains(&part);
    let places = |stamp: &Stamp| [stamp.header.is_some(), stamp.body.is_some(), stamp.item.is_some()];
    let is_token = scheme.algorithm == Algorithm::Token;
    let accepts = |others: &[Alternative]| others.iter().any(|other| scheme.accept.contains(other));
    let bodies = scheme.content.0.iter().filter(|part| matches!(part, Part::Body | Part::Form)).count();
    let wrong = [
        (scheme.header.0.is_empty() == scheme.body.is_none(), "stands nowhere, or twice; expected a header or a body"),
        (!is_token && scheme.encoding.is_none(), "has no encoding; expected encoding = \"hex\" or \"base64\""),
        (
            is_token && (!scheme.prefix.is_empty() || scheme.encoding.is_some() || scheme.list.is_some()),
            "is a token; expected no prefix, no list and no encoding",
        ),
        (
            (scheme.algorithm == Algorithm::Sha256) != has(Part::Secret),
            "needs the {secret} in its content just where the algorithm is sha256",
        ),
        (has(Part::Timestamp) && scheme.timestamp.is_none(), "signs a {timestamp} and doesn't say where it stands"),
        (has(Part::Id) && scheme.id.is_none(), "signs an {id} and doesn't say where it stands"),
        (
            scheme.timestamp.as_ref().is_some_and(|stamp| places(stamp).iter().filter(|is| **is).count() != 1),
            "has a timestamp in no place or in several; expected a header, a body or an item",
        ),
        (
            scheme.timestamp.as_ref().is_some_and(|stamp| stamp.item.is_some()) && scheme.list.is_none(),
            "takes its timestamp from a list and has none",
        ),
        (
            scheme.list.as_ref().is_some_and(|list| list.separator.is_empty() || list.pair.is_empty()),
            "has a list with nothing between its parts",
        ),
        (bodies > 1, "signs the body twice"),
        (
            scheme.timestamp.as_ref().is_some_and(|stamp| stamp.kind.is_some() && stamp.body.is_none()),
            "has a timestamp with a type and without a path of the body",
        ),
        (
            scheme.timestamp.as_ref().is_some_and(has_empty_advice),
            "has a timestamp with an advisory side that has no bound",
        ),
        (
            scheme.body_digest.is_some() && (bodies > 0 || !has(Part::Url)),
            "has a body_digest, so it needs the {url} in its content and no {body}",
        ),
        (scheme.body_digest.as_ref().is_some_and(|digest| digest.query.is_empty()), "has a body_digest without a name"),
        (
            scheme.list.is_none() && accepts(&[Alternative::Spaces, Alternative::JoinedValues]),
            "accepts a form of lists and has no list",
        ),
        (
            !scheme.covers_address() && accepts(&[Alternative::OtherPort]),
            "accepts another port of the address and does not sign it",
        ),
        (
            scheme.encoding != Some(Encoding::Base64) && accepts(&[Alternative::LooseBase64]),
            "accepts a form of base64 and is not written in it",
        ),
    ];
    if let Some(what) = scheme.when.0.iter().find_map(Condition::fault) {
        return Some(what.to_string());
    }
    wrong.into_iter().find(|(is_wrong, _)| *is_wrong).map(|(_, what)| what.to_string())
}
