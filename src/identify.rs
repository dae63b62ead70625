//! What came → which provider and event it is, and why. Headers count before the body.

use crate::catalog::{Catalog, Place, Provider};
use crate::json::Body;
use crate::message::Headers;
use crate::words;

/// Headers that are told as those of several providers.
const MOST_TOLD: usize = 3;

/// What a delivery seems to be.
#[derive(Clone, Debug)]
pub struct Identified<'a> {
    /// The provider; nothing where no mark of any was found.
    pub provider: Option<&'a Provider>,
    /// The event, or every event it may be where nothing names it.
    pub events: Vec<String>,
    /// Whether the catalog knows the event, where one was named.
    is_cataloged: bool,
    /// The delivery's own id.
    pub delivery_id: Option<String>,
    /// What gave the provider away.
    pub why: String,
}

impl Identified<'_> {
    /// Whether an event was named that the catalog does not know.
    pub fn is_unlisted(&self) -> bool {
        self.provider.is_some() && !self.events.is_empty() && !self.is_cataloged
    }

    /// `superfolio/form.submitted`, `fingerprinting-api/NEW_VISIT or NEW_VISITOR`, `unknown`.
    pub fn label(&self) -> String {
        match self.provider {
            None => "unknown".to_string(),
            Some(provider) if !provider.has_events() && self.events.is_empty() => provider.id.clone(),
            Some(provider) if self.events.is_empty() => format!("{}/?", provider.id),
            Some(provider) => format!("{}/{}", provider.id, words::list(&self.events, "or")),
        }
    }
}

/// Returns each header that came and is no mark of one provider, with the providers that send such a header.
pub fn shared<'a>(catalog: &'a Catalog, headers: &Headers) -> Vec<(String, Vec<&'a Provider>)> {
    let own = || catalog.providers.iter().filter(|provider| provider.alias_of.is_none());
    let of = |name: &str| own().filter(|provider| provider.sends(name)).collect::<Vec<_>>();
    let names = headers.0.iter().map(|header| header.name.clone());
    names.map(|name| (of(&name), name)).filter(|(of, _)| !of.is_empty()).map(|(of, name)| (name, of)).collect()
}

/// Names the headers that came and the providers that send them: `X-Hub-Signature is a header of github and meta`.
/// Nothing where no provider sends any.
pub fn told_shared(shared: &[(String, Vec<&Provider>)]) -> Option<String> {
    let told = |(name, of): &(String, Vec<&Provider>)| {
        let ids: Vec<String> = of.iter().map(|provider| provider.id.clone()).collect();
        format!("{name} is a header of {}", words::list(&ids, "and"))
    };
    (!shared.is_empty()).then(|| shared.iter().take(MOST_TOLD).map(told).collect::<Vec<_>>().join("; "))
}

/// Finds provider, event and delivery id. Where `only` is given it is that provider's, whatever came.
pub fn identify<'a>(
    catalog: &'a Catalog,
    only: Option<&'a Provider>,
    headers: &Headers,
    body: &Body<'_>,
) -> Identified<'a> {
    let found = match only {
        Some(provider) => Some((provider, "it was named".to_string())),
        None => recognise(catalog, headers, body),
    };
    let Some((provider, why)) = found else {
        let shared = told_shared(&shared(catalog, headers));
        let why = shared.map_or_else(
            || "no header or field of a known provider".to_string(),
            |shared| format!("{shared}; --provider says whose it is"),
        );
        return Identified { provider: None, events: Vec::new(), is_cataloged: false, delivery_id: None, why };
    };
    let naming = &provider.description.event;
    let named = naming.name.as_ref().and_then(|place| at(place, headers, body));
    let is_listed = |name: &String| !provider.has_events() || provider.event(name, None).is_some();
    let is_cataloged = named.as_ref().is_none_or(is_listed);
    let events = match (named, &naming.name) {
        (Some(name), _) => vec![name],
        (None, None) => provider.description.events.keys().cloned().collect(),
        (None, Some(_)) => Vec::new(),
    };
    let delivery_id = naming.id.as_ref().and_then(|place| at(place, headers, body));
    Identified { provider: Some(provider), events, is_cataloged, delivery_id, why }
}

fn at(place: &Place, headers: &Headers, body: &Body<'_>) -> Option<String> {
    match place {
        Place::Header(names) => names.0.iter().find_map(|name| headers.text(name)).map(str::to_string),
        Place::Body(path) => body.scalar_at(path),
    }
}

/// The provider with the strongest mark: headers of its own, its user agent, the fields of its body. Of equals the
/// last counts; what is weaker is not looked at.
fn recognise<'a>(catalog: &'a Catalog, headers: &Headers, body: &Body<'_>) -> Option<(&'a Provider, String)> {
    by_headers(catalog, headers).or_else(|| by_agent(catalog, headers)).or_else(|| by_fields(catalog, body))
}

/// Of several whose headers came, more marks are stronger: some send another's scheme under headers of their own.
fn by_headers<'a>(catalog: &'a Catalog, headers: &Headers) -> Option<(&'a Provider, String)> {
    let present = |provider: &'a Provider| {
        let marks = &provider.description.recognise.headers;
        let mut present = marks.iter().filter(|name| headers.get(name).is_some());
        let first = present.next()?;
        Some((1 + present.count(), provider, first))
    };
    let found = catalog.providers.iter().filter_map(present).max_by_key(|(count, ..)| *count);
    found.map(|(_, provider, name)| (provider, format!("header {name}")))
}

fn by_agent<'a>(catalog: &'a Catalog, headers: &Headers) -> Option<(&'a Provider, String)> {
    let agent = headers.text("user-agent")?;
    let is_its = |provider: &&Provider| provider.description.recognise.user_agent.as_deref() == Some(agent);
    catalog.providers.iter().rfind(is_its).map(|provider| (provider, format!("user agent {agent}")))
}

fn by_fields<'a>(catalog: &'a Catalog, body: &Body<'_>) -> Option<(&'a Provider, String)> {
    let fields = |provider: &'a Provider| provider.description.recognise.body.as_slice();
    let has_all =
        |provider: &&'a Provider| !fields(provider).is_empty() && fields(provider).iter().all(|path| body.has(path));
    let provider = catalog.providers.iter().rfind(has_all)?;
    let names: Vec<String> = fields(provider).iter().map(ToString::to_string).collect();
    Some((provider, format!("fields {}", words::list(&names, "and"))))
}
