//! A check as one page of HTML: the verdict first, then the findings, then every case with its requests and answers.
//!
//! The page needs nothing from elsewhere and runs no script: its filters are style alone. Its policy allows that one
//! style, and whatever came over the wire stands in it as text.

mod exchange;
mod html;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::checked::{Told, told_by_weight};
use super::standing::{Occasion, Standing, verdict};
use super::{CaseResult, Checked, Summary, check_summary};
use crate::conformance::{Family, Level};
use crate::words;

/// The style, which the policy names by its hash.
const STYLE: &str = include_str!("style.css");

/// Characters of a case's name.
const NAME: usize = 120;
/// Characters of what a receiver did.
const DID: usize = 1_000;

/// The families in the order of the page, each with what it is about.
const FAMILIES: [(Family, &str); 7] = [
    (Family::Accepts, "deliveries that the provider sends, and that the receiver must take"),
    (Family::Refuses, "forged and changed deliveries, which it must refuse"),
    (Family::Handshake, "what the provider asks before it sends anything"),
    (Family::Repeats, "what comes twice or late, and must do no harm"),
    (Family::Survives, "malformed and hostile requests, which it must outlive"),
    (Family::Behaves, "how it answered altogether"),
    (Family::Alive, "whether it still takes a delivery after all that"),
];

/// The check as a page.
pub fn check_html(summary: &Summary, occasion: &Occasion<'_>) -> String {
    let told = told_by_weight(&summary.cases);
    let groups = groups(summary);
    [
        head(summary),
        top(summary, occasion),
        "<main>".to_string(),
        overview(&groups),
        findings(summary, &told),
        cases(summary, &groups),
        "</main>".to_string(),
        foot(occasion),
    ]
    .concat()
}

fn head(summary: &Summary) -> String {
    // A browser hashes line feeds, whatever the sources were checked out with.
    let style = STYLE.replace('\r', "");
    let hash = STANDARD.encode(Sha256::digest(&style));
    let title = html::short(&summary.url, 200);
    format!(include_str!("head.html"), hash = hash, title = title, style = style)
}

fn top(summary: &Summary, occasion: &Occasion<'_>) -> String {
    let (class, mark) = match Standing::of(summary) {
        Standing::Sound => ("good", "✓"),
        Standing::Passes => ("warn", "✓"),
        Standing::Fails => ("bad", "✕"),
        Standing::Open => ("warn", "?"),
    };
    let provider = html::short(occasion.provider, 100);
    let facts = [
        ("Receiver", format!("<code>{}</code>", html::short(&summary.url, 500))),
        ("Provider", format!("{provider} <small>({})</small>", html::short(&summary.provider, 100))),
        ("When", occasion.time()),
        ("Took", words::elapsed(summary.took)),
        ("Checked by", format!("hookproof {}", html::line(occasion.version))),
        ("Exit code", summary.exit.to_string()),
    ];
    let facts = facts.map(|(name, value)| format!("<div><dt>{name}</dt><dd>{value}</dd></div>")).concat();
    let strict =
        if occasion.is_strict { "a <b>should</b> too, as was asked" } else { "a <b>should</b> is worth mending" };
    format!(
        "<header class=\"{class}\"><div class=\"inner\"><p class=\"kicker\">Check of a webhook receiver</p>\
         <h1><span class=\"mark\" aria-hidden=\"true\">{mark}</span> <span>{}</span></h1>\
         <p class=\"counts\">{}</p><dl class=\"facts\">{facts}</dl>\
         <p class=\"lead\">A check sends a receiver deliveries as {provider} sends them, and others as a forger or a \
         broken network may send them, and judges each answer. A <b>must</b> fails the check, {strict}, an <b>info</b> is only told.</p>\
         </div></header>\n",
        html::line(&verdict(summary)),
        html::line(&check_summary(summary)),
    )
}

/// A case's place in the page.
fn anchor(index: usize) -> String {
    format!("case-{}", index + 1)
}

/// The class, the mark and the word for what became of a case.
fn looks(checked: &Checked) -> (&'static str, &'static str, &'static str) {
    match checked.result {
        CaseResult::Passed => ("passed", "✓", "passed"),
        CaseResult::Found(..) if checked.is_known => ("known", "≈", "known"),
        CaseResult::Found(_, Level::Must) => ("must", "✕", "must"),
        CaseResult::Found(_, Level::Should) => ("should", "!", "should"),
        CaseResult::Found(_, Level::Info) => ("info", "i", "info"),
        CaseResult::Skipped => ("skipped", "–", "skipped"),
        CaseResult::Unsent => ("unsent", "·", "not sent"),
    }
}

/// A family with its cases, each with its place in the whole.
struct Group<'a> {
    word: &'static str,
    about: &'static str,
    cases: Vec<(usize, &'a Checked)>,
}

/// The families that have cases.
fn groups(summary: &Summary) -> Vec<Group<'_>> {
    let group = |(family, about): (Family, &'static str)| {
        let is_of = |(_, checked): &(usize, &Checked)| checked.case.family == family;
        Group { word: family.word(), about, cases: summary.cases.iter().enumerate().filter(is_of).collect() }
    };
    FAMILIES.into_iter().map(group).filter(|group| !group.cases.is_empty()).collect()
}

impl Group<'_> {
    fn count(&self, is_meant: impl Fn(CaseResult) -> bool) -> usize {
        self.cases.iter().filter(|(_, checked)| is_meant(checked.result)).count()
    }
}

/// A cell for each case, by family.
fn overview(groups: &[Group<'_>]) -> String {
    let mut rows = String::new();
    for group in groups {
        let Group { word, about, cases } = group;
        let passed = group.count(|result| result == CaseResult::Passed);
        let share = match group.count(|result| !matches!(result, CaseResult::Skipped | CaseResult::Unsent)) {
            0 => "none sent".to_string(),
            sent => format!("{passed} of {sent} passed"),
        };
        let cells = cases.iter().map(|(index, checked)| cell(*index, checked)).collect::<Vec<_>>().concat();
        rows.push_str(&format!(
            "<li><h3><a href=\"#{word}\">{word}</a></h3><p class=\"share\">{share}</p>\
             <p class=\"about\">{about}</p><p class=\"cells\">{cells}</p></li>"
        ));
    }
    format!(
        "<section aria-labelledby=\"overview\"><h2 id=\"overview\">Overview</h2>\
         <ul class=\"overview\">{rows}</ul></section>\n"
    )
}

fn cell(index: usize, checked: &Checked) -> String {
    let (class, mark, word) = looks(checked);
    let name = html::short(&checked.name, NAME);
    let place = anchor(index);
    format!(
        "<a class=\"cell {class}\" href=\"#{place}\" title=\"{name}: {word}\" aria-label=\"{name}: {word}\">{mark}</a>"
    )
}

fn findings(summary: &Summary, told: &[Told<'_>]) -> String {
    let body = if told.is_empty() {
        "<p>Nothing was found.</p>".to_string()
    } else {
        told.iter().map(|told| finding(summary, told)).collect()
    };
    format!(
        "<section aria-labelledby=\"findings\"><h2 id=\"findings\">Findings <small>{}</small></h2>{body}</section>\n",
        told.len()
    )
}

fn finding(summary: &Summary, told: &Told<'_>) -> String {
    let (class, mark, word) = looks(told.checked);
    let name = html::short(&told.checked.name, NAME);
    let known = if told.checked.is_known { format!(": {}, in the baseline", told.level.word()) } else { String::new() };
    let rows: Vec<String> = told
        .rows()
        .iter()
        .map(|(label, text)| {
            format!("<div class=\"{label}\"><dt>{label}</dt><dd>{}</dd></div>", html::short(text, DID))
        })
        .collect();
    let index = summary.cases.iter().position(|checked| std::ptr::eq(checked, told.checked)).unwrap_or_default();
    let link = match told.checked.exchanges.len() {
        0 => String::new(),
        _ => format!("<p><a href=\"#{}\">Request and answer of {name}</a></p>", anchor(index)),
    };
    format!(
        "<article class=\"finding {class}\"><h3><span class=\"badge {class}\"><span aria-hidden=\"true\">{mark}</span> \
         {word}</span> <code>{name}</code> <small>{}{known}</small></h3><p class=\"proves\">{}</p><dl>{}</dl>{link}</article>",
        html::line(told.code),
        html::line(told.checked.case.title),
        rows.concat(),
    )
}

fn cases(summary: &Summary, groups: &[Group<'_>]) -> String {
    let mut sections = String::new();
    for group in groups {
        let Group { word, about, cases } = group;
        let has = |(result, _): &&(&str, &str)| group.count(|one| one.word() == *result) > 0;
        let kinds: Vec<String> = RESULTS.iter().filter(has).map(|(result, _)| format!(" has-{result}")).collect();
        let rows: Vec<String> = cases.iter().map(|(index, checked)| case(*index, checked)).collect();
        sections.push_str(&format!(
            "<section class=\"family {word}{}\" aria-labelledby=\"{word}\"><h3 id=\"{word}\">{word} \
             <small>{about}</small></h3><div class=\"list\"><p class=\"none\">None of these cases.</p>{}</div></section>\n",
            kinds.concat(),
            rows.concat()
        ));
    }
    format!(
        "<section aria-labelledby=\"cases\"><h2 id=\"cases\">Cases <small>{}</small></h2>{}{sections}</section>\n",
        summary.cases.len(),
        filters(summary, groups),
    )
}

/// What a case can be filtered by, with the words for it.
const RESULTS: [(&str, &str); 5] =
    [("failed", "failed"), ("warned", "warned"), ("passed", "passed"), ("skipped", "skipped"), ("unsent", "not sent")];

fn filters(summary: &Summary, groups: &[Group<'_>]) -> String {
    let all = ("all", "all", summary.cases.len());
    let mut results = vec![all, ("findings", "findings", summary.count("failed") + summary.count("warned"))];
    results.extend(RESULTS.iter().map(|(word, shown)| (*word, *shown, summary.count(word))));
    let mut families = vec![all];
    families.extend(groups.iter().map(|group| (group.word, group.word, group.cases.len())));
    format!("<div class=\"filters\">{}{}</div>", choice("Result", &results), choice("Family", &families))
}

/// Radio buttons for those that there is something of.
fn choice(name: &str, options: &[(&str, &str, usize)]) -> String {
    let group = name.to_lowercase();
    let mut out = format!("<fieldset><legend>{name}</legend>");
    for (word, shown, count) in options.iter().filter(|(word, _, count)| *count > 0 || *word == "all") {
        let checked = if *word == "all" { " checked" } else { "" };
        out.push_str(&format!(
            "<label><input type=\"radio\" name=\"{group}\" id=\"{group}-{word}\" autocomplete=\"off\"{checked}>\
             <span>{shown} <small>{count}</small></span></label>"
        ));
    }
    out + "</fieldset>"
}

fn case(index: usize, checked: &Checked) -> String {
    let (class, mark, word) = looks(checked);
    let (result, name) = (checked.result.word(), html::short(&checked.name, NAME));
    let seen = match (checked.status(), checked.elapsed()) {
        (Some(status), Some(elapsed)) => format!("{status} <small>{}</small>", words::elapsed(elapsed)),
        _ => String::new(),
    };
    let is_open = if matches!(checked.result, CaseResult::Found(..)) { " open" } else { "" };
    let did = match checked.did.as_str() {
        "" => String::new(),
        did => format!("<div><dt>outcome</dt><dd>{}</dd></div>", html::short(did, DID)),
    };
    let total = checked.exchanges.len();
    let exchanges: String =
        (1..).zip(&checked.exchanges).map(|(number, one)| exchange::exchange(one, number, total)).collect();
    format!(
        "<details class=\"case {result} {class}\"{is_open}><summary><span class=\"badge {class}\">\
         <span aria-hidden=\"true\">{mark}</span> {word}</span><code>{name}</code><span class=\"proves\">{}</span>\
         <span class=\"seen\">{seen}</span></summary><div class=\"told\" id=\"{}\"><dl><div><dt>sent</dt><dd>{}</dd></div>{did}</dl>\
         {exchanges}</div></details>\n",
        html::line(checked.case.title),
        anchor(index),
        html::line(checked.case.sent),
    )
}

fn foot(occasion: &Occasion<'_>) -> String {
    format!(
        "<footer><p>Made by hookproof {} on {}. <code>hookproof check --explain CASE</code> tells a case. Secrets are left \
         out, and characters that can't be seen are spelled out, as <code>\\u{{200b}}</code>.</p></footer>\n</body>\n</html>\n",
        html::line(occasion.version),
        occasion.time(),
    )
}
