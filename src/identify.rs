//! What came → which provider and event it is, and why. Headers count before the body.

use crate::catalog::{Catalog, Place, Provider};
use crate::json::Document;
use crate::message::Headers;
use crate::words;

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

/// Finds provider, event and delivery id. Where `only` is given it is that provider's, whatever came.
pub fn identify<'a>(
    catalog: &'a Catalog,
    only: Option<&'a Provider>,
    headers: &Headers,
    body: &[u8],
) -> Identified<'a> {
    let document = std::str::from_utf8(body).ok().and_then(|text| Document::parse(text).ok());
    let document = document.as_ref();
    let found = match only {
        Some(provider) => Some((provider, "it was named".to_string())),
        None => recognise(catalog, headers, document),
    };
    let Some((provider, why)) = found else {
        let why = "no header or field of a known provider".to_string();
        return Identified { provider: None, events: Vec::new(), is_cataloged: false, delivery_id: None, why };
    };
    let naming = &provider.description.event;
    let named = naming.name.as_ref().and_then(|place| at(place, headers, document));
    let is_listed = |name: &String| !provider.has_events() || provider.event(name, None).is_some();
    let is_cataloged = named.as_ref().is_none_or(is_listed);
    let events = match (named, &naming.name) {
        (Some(name), _) => vec![name],
        (None, None) => provider.description.events.keys().cloned().collect(),
        (None, Some(_)) => Vec::new(),
    };
    let delivery_id = naming.id.as_ref().and_then(|place| at(place, headers, document));
    Identified { provider: Some(provider), events, is_cataloged, delivery_id, why }
}

fn at(place: &Place, headers: &Headers, document: Option<&Document<'_>>) -> Option<String> {
    match place {
        Place::Header(names) => names.0.iter().find_map(|name| headers.text(name)).map(str::to_string),
        Place::Body(path) => document.and_then(|document| document.scalar_at(path)),
    }
}

/// The provider with the strongest mark: a header of its own, its user agent, the fields of its body.
fn recognise<'a>(
    catalog: &'a Catalog,
    headers: &Headers,
    document: Option<&Document<'_>>,
) -> Option<(&'a Provider, String)> {
    let mark = |provider: &'a Provider| {
        let marks = &provider.description.recognise;
        let present: Vec<&String> = marks.headers.iter().filter(|name| headers.get(name).is_some()).collect();
        if let Some(name) = present.first() {
            // Of two whose headers came, more marks are stronger: some send another's scheme under headers of their own.
            return Some((2 + present.len(), provider, format!("header {name}")));
        }
        let agent = headers.text("user-agent");
        if agent.is_some() && agent == marks.user_agent.as_deref() {
            return Some((2, provider, format!("user agent {}", agent.unwrap_or_default())));
        }
        let fields = &marks.body;
        let in_body = |document: &Document<'_>| fields.iter().all(|path| document.find(path).is_some());
        let has_fields = !fields.is_empty() && document.is_some_and(in_body);
        let names: Vec<String> = fields.iter().map(ToString::to_string).collect();
        has_fields.then(|| (1, provider, format!("fields {}", words::list(&names, "and"))))
    };
    let found = catalog.providers.iter().filter_map(mark);
    found.max_by_key(|(strength, ..)| *strength).map(|(_, provider, why)| (provider, why))
}
