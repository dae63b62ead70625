//! The catalog, as a table and one event in full.

use serde_json::{Value, json};

use crate::catalog::{Event, Origin, Pattern, Place, Provider, Scheme, Shape, Stability};
use crate::console::{Paint, Tone};
use crate::json::{self, Document, Kind, Reach};
use crate::shell;
use crate::signature;
use crate::story::Story;
use crate::words::{self, Lines};

/// The events as a table, and under them the patterns and the stories.
pub fn event_table(
    events: &[Event<'_>],
    patterns: &[(&Provider, &Pattern)],
    stories: &[Story<'_>],
    paint: Paint,
) -> Vec<String> {
    let row = |event: &Event<'_>| {
        let variants: Vec<&str> = match event.variant {
            Some(_) => Vec::new(),
            None => event.provider.variants(&event.name).collect(),
        };
        let mut marks = Vec::new();
        if event.stability() != Stability::Stable {
            marks.push(event.stability().word().to_string());
        }
        if event.origin != Origin::Documented {
            marks.push(event.origin.word().to_string());
        }
        marks.extend(variants.iter().map(|variant| format!("--variant {}", shell::argument(variant))));
        let summary = match &event.provider.alias_of {
            Some(base) if event.is_neutral() => format!("another name of {base}"),
            None if event.is_neutral() => event.provider.description.summary.clone(),
            _ => event.summary.to_string(),
        };
        (event.full_name(), summary, marks.join(", "))
    };
    let pattern_row = |(provider, pattern): &(&Provider, &Pattern)| {
        let verbs: Vec<&str> = pattern.verbs.keys().map(String::as_str).collect();
        let name = format!("{}/{}", provider.id, pattern.name.replace("{object}", "OBJECT"));
        (name.replace("{verb}", &verbs.join("|")), pattern.summary.clone(), Origin::Inferred.word().to_string())
    };
    let story_row = |story: &Story<'_>| {
        let steps = words::count(story.steps.len(), "step", "steps");
        let printable = |text: &str| words::printable(text, Lines::Escape);
        (printable(&story.name), printable(&story.summary), format!("story, {steps}"))
    };
    // Providers of whom only the scheme is known stand last.
    let (neutral, named): (Vec<_>, Vec<_>) = events.iter().partition(|event| event.is_neutral());
    let mut rows: Vec<_> = named.into_iter().map(row).chain(patterns.iter().map(pattern_row)).collect();
    rows.extend(stories.iter().map(story_row));
    rows.extend(neutral.into_iter().map(row));
    let width = rows.iter().map(|(name, ..)| name.chars().count()).max().unwrap_or(0);
    let line = |(name, summary, marks): &(String, String, String)| {
        let padding = " ".repeat(width - name.chars().count());
        let marks = if marks.is_empty() { String::new() } else { paint.tone(Tone::Faint, &format!("({marks})")) };
        let gap = if summary.is_empty() || marks.is_empty() { "" } else { "  " };
        format!("{}{padding}  {summary}{gap}{marks}", paint.tone(Tone::Strong, name))
    };
    rows.iter().map(line).collect()
}

/// One event in full: what it means, its headers and signature, fields and sample, and what nobody documents.
pub fn event_full(event: &Event<'_>, body: &str, paint: Paint) -> Vec<String> {
    let description = &event.provider.description;
    let mut lines = vec![paint.tone(Tone::Strong, &event.full_name()), format!("  {}", event.summary), String::new()];
    let mut row = |name: &str, text: String| {
        lines.push(format!("  {} {text}", paint.tone(Tone::Faint, &format!("{name:<11}"))));
    };
    row("provider", format!("{}: {}", description.name, description.summary));
    row("page", format!("{} (read {})", event.page(), description.checked));
    if let Some(base) = &event.provider.alias_of {
        row("alias of", base.clone());
    }
    if event.is_neutral() {
        row("sample", format!("neutral, sent as `{}`; events of its own are not cataloged", event.said_name()));
    } else {
        row("scope", event.scope().unwrap_or("not documented").to_string());
        row("stability", event.stability().word().to_string());
        row("sample", event.origin.word().to_string());
    }
    if event.variant.is_none() {
        for variant in event.provider.variants(&event.name) {
            let about = event.provider.event(&event.name, Some(variant)).map(|form| form.summary.to_string());
            row("variant", format!("{variant}: {}", about.unwrap_or_default()));
        }
    }
    for name in description.header.keys() {
        row("header", name.clone());
    }
    row("signature", event.provider.scheme().map_or("not documented".to_string(), signature::describe));
    for scheme in description.signature.iter().skip(1) {
        row("or", format!("--signature-mode {}: {}", shell::argument(&scheme.mode), signature::describe(scheme)));
    }
    for text in judged(&description.signature) {
        row("judged", text);
    }
    if let Some(place) = &description.secret {
        let find = place.find.as_ref().map(|find| format!("; where to find it: {find}")).unwrap_or_default();
        row("secret", format!("{}{find}", place.env));
    }
    row("named by", place_text(description.event.name.as_ref()));
    row("delivery id", place_text(description.event.id.as_ref()));
    let documented = if description.delivery.success_documented { "documented" } else { "not documented; our reading" };
    row("success", format!("{} ({documented})", success_text(event.provider)));
    row("refusal", description.delivery.refusal.map_or("not documented".to_string(), |status| status.to_string()));
    let limit = description.delivery.answer_within.map(|seconds| format!("within {seconds} s"));
    row("answer", limit.unwrap_or("not documented".to_string()));
    row("retries", description.delivery.retries.clone().unwrap_or("not documented".to_string()));
    let ids: Vec<String> = description.identity.keys().cloned().collect();
    if !ids.is_empty() {
        row("identities", words::list(&ids, "and"));
    }
    for text in event.undocumented() {
        row("unknown", text.to_string());
    }
    if event.shape() == Shape::Json {
        lines.push(String::new());
        lines.push(paint.tone(Tone::Strong, "Fields"));
        lines.extend(fields(event, body).into_iter().map(|field| format!("  {}", field.text())));
    }
    lines.push(String::new());
    lines.push(paint.tone(Tone::Strong, "Sample"));
    let pretty = json::pretty(body).unwrap_or_else(|_| body.to_string());
    lines.extend(pretty.lines().map(|line| format!("  {line}")));
    lines
}

/// What verification accepts besides the form that is sent, and where the official libraries differ.
fn judged(schemes: &[Scheme]) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for scheme in schemes {
        let others = scheme.header.0.iter().skip(1).map(|name| format!("the header {name}"));
        let accepted: Vec<String> = others.chain(scheme.accept.iter().map(|other| other.words().to_string())).collect();
        if !accepted.is_empty() {
            lines.push(format!("{} is right too, and told", words::list(&accepted, "or")));
        }
        let differing = |text: &String| format!("where libraries differ, the stricter one counts: {text}");
        lines.extend(scheme.libraries.iter().map(differing));
    }
    // Modes often accept the same.
    let mut seen = std::collections::BTreeSet::new();
    lines.retain(|line| seen.insert(line.clone()));
    lines
}

/// `any 2xx`, `200 or 202`
fn success_text(provider: &Provider) -> String {
    let mut words = Vec::new();
    for class in 1..=5 {
        let codes: Vec<u16> = (class * 100..class * 100 + 100).filter(|status| provider.accepts(*status)).collect();
        match codes.len() {
            100 => words.push(format!("any {class}xx")),
            _ => words.extend(codes.iter().map(ToString::to_string)),
        }
    }
    if words.is_empty() { "no status".to_string() } else { words::list(&words, "or") }
}

fn place_text(place: Option<&Place>) -> String {
    match place {
        Some(Place::Header(names)) => format!("header {}", words::list(&names.0, "or")),
        Some(Place::Body(path)) => format!("body {path}"),
        None => "nothing in the delivery".to_string(),
    }
}

/// The fields that are listed; a sample in the user's own folder may be anything.
const FIELDS: Reach = Reach { depth: 64, key: 1_000 };

/// A field of a sample.
struct Field {
    path: String,
    kind: &'static str,
    is_optional: bool,
    is_open: bool,
}

impl Field {
    fn text(&self) -> String {
        let optional = if self.is_optional { ", may be missing" } else { "" };
        let open = if self.is_open { ", keys not fixed" } else { "" };
        format!("{}  {}{optional}{open}", self.path, self.kind)
    }
}

/// The fields of a body. What mirrors another part is named once and not unfolded.
fn fields(event: &Event<'_>, body: &str) -> Vec<Field> {
    let Ok(document) = Document::parse(body) else { return Vec::new() };
    let mirrors: Vec<_> =
        event.provider.description.derived.iter().filter(|d| d.mirror.is_some()).map(|d| &d.path).collect();
    let mut paths: Vec<_> = document.paths_within(FIELDS).collect();
    paths.retain(|(path, _)| !mirrors.iter().any(|mirror| path != *mirror && path.is_within(mirror)));
    paths
        .into_iter()
        .map(|(path, node)| Field {
            kind: kind_word(document.kind(node), document.text(node)),
            is_optional: event.optional().any(|optional| *optional == path),
            is_open: event.open().any(|open| *open == path),
            path: path.to_string(),
        })
        .collect()
}

fn kind_word(kind: Kind, text: &str) -> &'static str {
    match (kind, text) {
        (Kind::Literal, "null") => "null",
        (Kind::Literal, _) => "boolean",
        (kind, _) => kind.word(),
    }
}

/// An event as a line of JSON.
pub fn event_json(event: &Event<'_>, body: &str) -> String {
    let description = &event.provider.description;
    let schemes: Vec<Value> = description
        .signature
        .iter()
        .map(|s| {
            let accept: Vec<&str> = s.accept.iter().map(|other| other.name()).collect();
            json!({
                "mode": s.mode,
                "header": s.place(),
                "prefix": s.prefix,
                "words": signature::describe(s),
                "accept": accept,
                "libraries": s.libraries,
            })
        })
        .collect();
    let fields: Vec<Value> = fields(event, body)
        .iter()
        .map(|f| json!({ "path": f.path, "type": f.kind, "optional": f.is_optional, "open": f.is_open }))
        .collect();
    words::json_line(&json!({
        "hookproof": "event/1",
        "provider": event.provider.id,
        "event": event.name,
        "variant": event.variant,
        "summary": event.summary,
        "scope": event.scope(),
        "stability": event.stability().word(),
        "sample_is": event.origin.word(),
        "variants": event.provider.variants(&event.name).collect::<Vec<_>>(),
        "page": event.page(),
        "checked": description.checked,
        "headers": description.header.keys().collect::<Vec<_>>(),
        "signature": schemes,
        "success": success_text(event.provider),
        "refusal": description.delivery.refusal,
        "answer_within_s": description.delivery.answer_within,
        "retries": description.delivery.retries,
        "secret_variable": description.secret.as_ref().map(|place| place.env.as_str()),
        "identities": description.identity.keys().collect::<Vec<_>>(),
        "undocumented": event.undocumented().collect::<Vec<_>>(),
        "fields": fields,
        "alias_of": event.provider.alias_of,
        "sent_as": event.said_name(),
        "sample": serde_json::from_str::<Value>(body).unwrap_or_else(|_| body.into()),
    }))
}

/// A pattern of event names as a line of JSON.
pub fn pattern_json(provider: &Provider, pattern: &Pattern) -> String {
    words::json_line(&json!({
        "hookproof": "pattern/1",
        "provider": provider.id,
        "pattern": pattern.name,
        "verbs": pattern.verbs.keys().collect::<Vec<_>>(),
        "example": pattern.name.replace("{object}", &pattern.example),
        "summary": pattern.summary,
        "sample_is": Origin::Inferred.word(),
    }))
}
