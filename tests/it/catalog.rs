//! The catalog as a table: names, counts, identities, times, paths, templates.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path as FilePath;

use hookproof::catalog::{
    Catalog, Conditions, EXAMPLE, Event, EventTime, Origin, Place, Provider, Scheme, Shape, Variants,
};
use hookproof::json::{Document, Kind};
use hookproof::moment::{self, Form};
use hookproof::path::Path;
use hookproof::render;

use crate::support::hookproof;

mod declared;

/// The providers that have a neutral body and no named events, and the other names of one of them.
pub(crate) const NEUTRAL: [&str; 23] = [
    "calendly",
    "clerk",
    "discord",
    "github",
    "gitlab",
    "hubspot",
    "intercom",
    "linear",
    "mailgun",
    "meta",
    "paddle",
    "resend",
    "sendgrid",
    "shopify",
    "slack",
    "square",
    "standard-webhooks",
    "stripe",
    "svix",
    "twilio",
    "typeform",
    "zendesk",
    "zoom",
];

pub(crate) fn catalog() -> Catalog {
    Catalog::load(Catalog::embedded()).expect("the built-in catalog")
}

/// Every form that can be rendered: events, their variants, and each pattern's verbs on its example.
pub(crate) fn forms(catalog: &Catalog) -> Vec<Event<'_>> {
    catalog.providers.iter().flat_map(forms_of).collect()
}

fn forms_of(provider: &Provider) -> Vec<Event<'_>> {
    let mut forms = provider.forms(Variants::With);
    for pattern in &provider.description.pattern {
        for verb in pattern.verbs.keys() {
            let name = pattern.name.replace("{object}", &pattern.example).replace("{verb}", verb);
            forms.push(provider.event(&name, None).expect("the pattern's example"));
        }
    }
    forms
}

fn sample(form: &Event<'_>) -> String {
    render::verbatim(form).unwrap_or_else(|error| panic!("{}: {error}", form.full_name()))
}

/// The sample as a tree. A form is none, and no path leads anywhere in it.
fn json(form: &Event<'_>) -> String {
    match form.shape() {
        Shape::Json => sample(form),
        Shape::Form => "null".to_string(),
    }
}

/// The sample's value of each identity that the form has. One that stands at several places has one value.
fn identities(form: &Event<'_>, document: &Document<'_>) -> BTreeMap<String, String> {
    let mut values = BTreeMap::new();
    for (name, identity) in &form.provider.description.identity {
        let at = identity.at.iter().filter_map(|path| document.scalar_at(path)).filter(|value| value != "null");
        let found: BTreeSet<String> = at.chain(identity.value.clone()).collect();
        assert!(found.len() < 2, "{}: `{name}` has several values: {found:?}", form.full_name());
        values.extend(found.into_iter().map(|value| (name.clone(), value)));
    }
    values
}

#[test]
fn every_documented_event_is_there_once() {
    let catalog = catalog();
    let counts: BTreeMap<&str, (usize, usize, usize)> = catalog
        .providers
        .iter()
        .map(|p| {
            let events = p.forms(Variants::Without).len();
            (p.id.as_str(), (events, p.forms(Variants::With).len() - events, p.description.pattern.len()))
        })
        .collect();
    let documented = [
        ("superfolio", (16, 2, 0)),
        ("superleap", (9, 0, 1)),
        ("komo", (4, 0, 0)),
        ("swapcard", (3, 6, 0)),
        ("fingerprinting-api", (2, 0, 0)),
    ];
    let expected: BTreeMap<_, _> = documented.into_iter().chain(NEUTRAL.map(|id| (id, (1, 0, 0)))).collect();
    assert_eq!(counts, expected, "events, variants and patterns of each provider");
    let names: Vec<String> = forms(&catalog).iter().map(Event::full_name).collect();
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "two forms share a name: {names:?}");
}

#[test]
fn a_provider_has_named_events_or_a_neutral_body() {
    let catalog = catalog();
    for provider in &catalog.providers {
        let is_neutral = NEUTRAL.contains(&provider.id.as_str());
        assert_eq!(provider.has_events(), !is_neutral, "{}", provider.id);
        for form in forms_of(provider) {
            let name = form.full_name();
            assert_eq!(form.origin == Origin::Neutral, is_neutral, "{name}");
            assert_eq!(form.name == EXAMPLE, is_neutral, "{name}");
            assert_eq!(form.said_name() == form.name, !is_neutral, "{name} says {}", form.said_name());
        }
    }
}

#[test]
fn another_name_of_a_provider_shares_all_but_the_mode_that_goes_first() {
    let catalog = catalog();
    let mut aliases = BTreeMap::new();
    for alias in &catalog.providers {
        let Some(id) = &alias.alias_of else { continue };
        let provider = catalog.provider(id).expect("the provider itself");
        aliases.insert(alias.id.as_str(), (id.as_str(), alias.scheme().expect("a mode").mode.as_str()));
        let (one, other) = (&alias.description, &provider.description);
        let modes = |provider: &Provider| -> BTreeSet<String> {
            // A mode may have conditions of its own under another name.
            let bare = |scheme: &Scheme| Scheme { when: Conditions::default(), ..scheme.clone() };
            provider.description.signature.iter().map(|scheme| format!("{:?}", bare(scheme))).collect()
        };
        assert!(modes(alias).is_subset(&modes(provider)), "{}", alias.id);
        assert_eq!(format!("{:?}", one.identity), format!("{:?}", other.identity), "{}", alias.id);
        assert_eq!(format!("{:?}", one.delivery), format!("{:?}", other.delivery), "{}", alias.id);
        assert_ne!((&one.name, &one.page), (&other.name, &other.page), "{}", alias.id);
        assert_ne!(one.secret.as_ref().map(|s| &s.env), other.secret.as_ref().map(|s| &s.env), "{}", alias.id);
        let marks = &one.recognise;
        let is_silent = marks.headers.is_empty() && marks.user_agent.is_none() && marks.body.is_empty();
        assert!(is_silent, "{} would be recognised beside {id}", alias.id);
        let samples = |provider: &Provider| forms_of(provider).iter().map(sample).collect::<Vec<_>>();
        assert_eq!(samples(alias), samples(provider), "{}", alias.id);
    }
    let expected = ["clerk", "resend", "svix"].map(|id| (id, ("standard-webhooks", "svix")));
    assert_eq!(aliases, BTreeMap::from(expected));
}

/// What is not stable, or neither documented nor neutral, or has a scope; all else is none of these.
const STANDING: &str = "\
komo/SignUpSuccess beta documented
komo/SiteViewed beta documented
komo/WebhookError announced documented
komo/WebhookSuccess announced documented
superfolio/activity.external_link_click stable documented activity.read
superfolio/activity.page_view stable documented activity.read
superfolio/activity.page_view--tracked stable documented activity.read
superfolio/activity.project_click stable documented activity.read
superfolio/activity.project_view stable documented activity.read
superfolio/activity.section_view stable documented activity.read
superfolio/activity.session_end stable documented activity.read
superfolio/activity.time_on_page stable documented activity.read
superfolio/form.submitted stable documented forms.read
superfolio/integration.test stable documented integration.test
superfolio/lead.hot_detected stable documented leads.read
superfolio/portfolio.availability_changed stable documented availability.read
superfolio/portfolio.profile_changed stable documented profile.read
superfolio/portfolio.project_changed stable documented portfolio.read
superfolio/testimonial.submitted stable documented testimonials.read
superfolio/tracking_link.created stable documented tracking_links.read
superfolio/tracking_link.updated stable inferred tracking_links.read
superfolio/tracking_link.updated--deleted stable documented tracking_links.read
superleap/opportunity.create stable inferred
superleap/opportunity.delete stable inferred
superleap/opportunity.update stable inferred
superleap/student.create stable inferred
superleap/student.delete stable inferred
superleap/student.update stable inferred
superleap/user.create stable inferred
superleap/user.delete stable inferred
superleap/user.update stable inferred
swapcard/profile_create stable inferred
swapcard/profile_create--community stable inferred
swapcard/profile_create--deleted stable inferred
swapcard/profile_delete stable inferred
swapcard/profile_delete--community stable inferred
swapcard/profile_delete--deleted stable inferred
swapcard/profile_update--community stable inferred
swapcard/profile_update--deleted stable inferred
";

#[test]
fn stability_origin_and_scope_are_as_the_pages_have_them() {
    let catalog = catalog();
    let stand = |form: &Event<'_>| {
        let scope = form.scope().map(|scope| format!(" {scope}")).unwrap_or_default();
        format!("{} {} {}{scope}\n", form.full_name(), form.stability().word(), form.origin.word())
    };
    let (neutral, lines): (BTreeSet<String>, BTreeSet<String>) =
        forms(&catalog).iter().map(stand).partition(|line| line.contains(" neutral"));
    assert_eq!(neutral, NEUTRAL.map(|id| format!("{id}/example stable neutral\n")).into());
    let noted: String = lines.into_iter().filter(|line| !line.ends_with(" stable documented\n")).collect();
    assert_eq!(noted, STANDING);
}

#[test]
fn samples_name_their_event_and_scope() {
    let catalog = catalog();
    for form in forms(&catalog) {
        let text = json(&form);
        let document = Document::parse(&text).expect("JSON");
        if let Some(Place::Body(path)) = &form.provider.description.event.name {
            assert_eq!(document.scalar_at(path).as_deref(), Some(form.said_name()), "{}", form.full_name());
        }
        if let Some(scope) = form.scope() {
            let path = Path::parse("scope").expect("a path");
            assert_eq!(document.scalar_at(&path).as_deref(), Some(scope), "{}", form.full_name());
        }
    }
}

#[test]
fn identities_of_a_sample_neither_share_a_value_nor_contain_one_another() {
    let catalog = catalog();
    for form in forms(&catalog) {
        let text = json(&form);
        let values = identities(&form, &Document::parse(&text).expect("JSON"));
        for (name, value) in &values {
            assert!(!value.is_empty(), "{}: `{name}` is empty", form.full_name());
            let within = values.iter().find(|(other, longer)| *other != name && longer.contains(value.as_str()));
            assert_eq!(within, None, "{}: `{value}` of `{name}` stands in another", form.full_name());
        }
    }
}

#[test]
fn no_declared_time_of_a_sample_lies_after_its_event() {
    let catalog = catalog();
    let mut timeless = BTreeSet::new();
    for form in forms(&catalog) {
        let text = json(&form);
        let document = Document::parse(&text).expect("JSON");
        let Some(times) = &form.provider.description.time else {
            timeless.insert(form.provider.id.as_str());
            continue;
        };
        let at = |path: &Path| document.scalar_at(path).filter(|text| text != "null");
        let read = |text: &str| moment::read(text).unwrap_or_else(|| panic!("{}: `{text}`", form.full_name())).0;
        let event = match &times.event {
            EventTime::At(path) => read(&at(path).expect("the event's time")),
            EventTime::Literal(text) => read(text),
        };
        for path in &times.shift {
            let Some(text) = at(path) else { continue };
            assert!(read(&text) <= event, "{}: `{path}` is {text}, after the event", form.full_name());
        }
    }
    assert_eq!(timeless, BTreeSet::from(["discord", "twilio"]), "whose bodies have no times");
}

#[test]
fn only_plans_answers_and_versions_are_undeclared_times() {
    let catalog = catalog();
    let mut undeclared = BTreeSet::new();
    for form in forms(&catalog) {
        let description = &form.provider.description;
        let times = description.time.as_ref();
        let derived = |path: &Path| description.derived.iter().any(|part| path.is_within(&part.path));
        let own = |path: &Path| {
            times.is_some_and(|t| matches!(&t.event, EventTime::At(at) if at == path) || t.shift.contains(path))
        };
        let identity = |path: &Path| description.identity.values().any(|identity| identity.at.contains(path));
        let text = json(&form);
        let document = Document::parse(&text).expect("JSON");
        for (path, kind) in document.paths() {
            let scalar = document.scalar_at(&path).unwrap_or_default();
            let is_time = match (moment::read(&scalar), kind) {
                (Some((_, Form::DateTime { .. } | Form::Date)), Kind::String) => true,
                (Some(_), Kind::Number) => scalar.len() >= 9 && !identity(&path),
                _ => false,
            };
            if is_time && !own(&path) && !derived(&path) {
                undeclared.insert(format!("{} {path}", form.provider.id));
            }
        }
    }
    let expected = [
        "superfolio data.availability.available_from",
        "swapcard profile.communityProfile.fieldValues[1].value",
        "swapcard profile.fieldValues[1].value",
        "zendesk zendesk_event_version",
    ];
    assert_eq!(undeclared, BTreeSet::from(expected.map(str::to_string)));
}

#[test]
fn summaries_are_short_and_tell_events_apart() {
    let catalog = catalog();
    for provider in &catalog.providers {
        let mut seen = BTreeSet::new();
        for form in forms_of(provider) {
            let name = form.full_name();
            let length = form.summary.chars().count();
            assert!((10..=90).contains(&length), "the summary of {name} has {length} characters");
            assert_eq!(form.summary, form.summary.trim().trim_end_matches('.'), "{name}");
            assert!(seen.insert(form.summary), "{name} says what another says: {}", form.summary);
        }
    }
}

/// Every form in one run of `render --format json`, in the order of `forms`.
pub(crate) fn rendered_lines(catalog: &Catalog, flags: &[&str]) -> Vec<serde_json::Value> {
    let names: Vec<String> = forms(catalog).iter().map(Event::full_name).collect();
    let run = hookproof("render --format json --unsigned").args(flags).args(&names).exits(0);
    let lines = run.lines();
    assert_eq!(lines.len(), names.len());
    lines
}

#[test]
fn no_source_names_a_provider() {
    let catalog = catalog();
    let words: Vec<String> =
        catalog.providers.iter().flat_map(|p| [p.id.to_lowercase(), p.description.name.to_lowercase()]).collect();
    let mut open = vec![FilePath::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut named = Vec::new();
    let mut read = 0;
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(fs::read_dir(&path).expect("a folder").map(|entry| entry.expect("an entry").path()));
            continue;
        }
        // The examples that `--help` shows stand in one file, those of unit tests in some; and an element of HTML is called as a provider is.
        let is_example = path.ends_with("src/cli/examples.rs") || path.to_string_lossy().ends_with("tests.rs");
        // What refuses in front of a handler may be the product of a company that also sends webhooks.
        let is_front = path.ends_with("src/refusal/frameworks.rs");
        // A report of a receiver may be an address of a provider's own project.
        let is_report = path.ends_with("src/conformance/cases/reports.rs");
        if is_example || is_front || is_report || path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let text = fs::read_to_string(&path).expect("text");
        let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
        read += 1;
        for (index, line) in code.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//")) {
            // Some names are words: `metadata` is none of theirs.
            let line_words = line.to_lowercase().replace("import.meta.env", "");
            let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let has = |word: &String| {
                line_words.match_indices(word.as_str()).any(|(at, _)| {
                    let (before, after) = (&line_words[..at], &line_words[at + word.len()..]);
                    !before.ends_with(is_word) && !after.starts_with(is_word)
                })
            };
            if words.iter().any(has) {
                named.push(format!("{}:{}: {}", path.display(), index + 1, line.trim()));
            }
        }
    }
    assert!(read > 20, "only {read} files were read");
    assert!(named.is_empty(), "a provider is data, but these name one:\n{}", named.join("\n"));
}
