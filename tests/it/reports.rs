//! The reports that `check` writes: whole, and harmless whatever the receiver answered.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::LazyLock;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use crate::check::receivers::{Handler, Receiver, Reply, hmac256, says, sound, tiny};
use crate::support::{Run, hookproof};

const SECRET: &str = "whsec_dDhQd1pyLTRnX1hqMm5CcTl2S20rU2NZNzFlTGg9QXVGajVk";

/// What breaks out of a page, a table, a log or a terminal where nobody looks after it.
const EVIL: &str = "</pre></details></main><script>alert(1)</script><img src=http://evil.test/x onerror=alert(1)>\
    ' \" onfocus=\"alert(1) ``` | a | b | @octocat #1 [x](http://evil.test) **bold** http://evil.test www.evil.test \
    ::error::x ##[group] %0A::warning::y \u{1b}[31m\u{202e}\u{200b}\0\r\n::set-output name=x::y\n| broken | row |\n</table>";

/// Takes everything, a body without a signature by a server error, and says evil things, with the secret among them.
fn hostile() -> Handler {
    Box::new(|request| {
        let text = format!("{EVIL}{SECRET}{}", "<b>\u{1b}".repeat(16 * 1024));
        let status = if request.all("X-Superfolio-Signature").is_empty() { 500 } else { 200 };
        let place = vec![("X-Evil", "\"><script>alert(2)</script> ::error::z".to_string())];
        Reply::Now(status, place, text)
    })
}

/// Takes a cut signature too, no large body, and breaks on what is not JSON.
fn flawed() -> Handler {
    Box::new(|request| {
        let digest = hex::encode(hmac256(SECRET, &request.body));
        let given = request.all("X-Superfolio-Signature").first().copied().unwrap_or_default().to_string();
        let is_json = serde_json::from_slice::<Value>(&request.body).is_ok();
        match () {
            () if request.method != "POST" => says(405, ""),
            () if given.is_empty() || !digest.starts_with(&given) => says(401, r#"{"error":"no"}"#),
            () if request.body.len() > 100_000 => says(413, "too large"),
            () if !is_json => says(500, "| ``` SyntaxError"),
            () => says(200, r#"{"received":[1E2,true]}"#),
        }
    })
}

/// Without the cases that take their time.
const FAST: &str = "--skip slow-body,huge-unsigned";

/// A check with a report in each form, and what it said.
struct Checked {
    reports: Vec<String>,
    stdout: String,
    cases: Vec<Value>,
    summary: Value,
}

fn check(receiver: &Receiver, words: &str) -> Run {
    let run = hookproof("check --provider superfolio --secret-env KEY").env("KEY", SECRET);
    run.arg(&receiver.url).args(words.split_whitespace())
}

/// Runs it with `--json` and a report in each form.
fn reported(handler: Handler) -> Checked {
    let (receiver, folder) = (tiny(handler), TempDir::new().expect("a scratch folder"));
    let mut run = check(&receiver, "--json");
    for format in FORMATS {
        run = run.arg("--report").arg(format!("{format}={}", folder.path().join(format).display()));
    }
    let finished = run.output();
    let mut cases = finished.lines();
    let summary = cases.pop().expect("a summary");
    let reports = FORMATS.iter().map(|format| read(&folder.path().join(format))).collect();
    Checked { reports, stdout: finished.stdout(), cases, summary }
}

/// One check of each serves many tests.
static FLAWED: LazyLock<Checked> = LazyLock::new(|| reported(flawed()));
static HOSTILE: LazyLock<Checked> = LazyLock::new(|| reported(hostile()));
static SOUND: LazyLock<Checked> = LazyLock::new(|| reported(sound("superfolio", SECRET)));

const FORMATS: [&str; 3] = ["html", "markdown", "junit"];

impl Checked {
    fn report(&self, format: &str) -> String {
        let at = FORMATS.iter().position(|known| *known == format).expect("a format");
        self.reports[at].clone()
    }
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("no {key} in {value}"))
}

/// What stands between two marks, each time.
fn between<'a>(text: &'a str, from: &str, to: &str) -> Vec<&'a str> {
    text.split(from).skip(1).filter_map(|rest| rest.split(to).next()).collect()
}

/// The tags of a page, as a browser reads them: names, and attributes with their values.
fn tags(page: &str) -> Vec<(String, BTreeMap<String, String>)> {
    let (head, rest) = page.split_once("<style>").expect("a style");
    let (_, body) = rest.split_once("</style>").expect("its end");
    let mut tags = Vec::new();
    for tag in [head, body].iter().flat_map(|part| part.split('<').skip(1)) {
        let (inside, outside) = tag.split_once('>').unwrap_or_else(|| panic!("an open tag: {tag}"));
        assert!(!outside.contains('>'), "a bare > in {outside:?}");
        let (name, mut rest) = inside.split_once(' ').unwrap_or((inside, ""));
        let mut attributes = BTreeMap::new();
        while let Some((key, value)) = rest.split_once("=\"") {
            let (value, more) = value.split_once('"').unwrap_or_else(|| panic!("an open attribute: {inside}"));
            let bare: Vec<&str> = key.split_whitespace().collect();
            for key in &bare {
                attributes.insert((*key).to_string(), value.to_string());
            }
            rest = more;
        }
        for key in rest.split_whitespace() {
            attributes.insert(key.to_string(), String::new());
        }
        tags.push((name.to_string(), attributes));
    }
    tags
}

/// Proves what holds for every page.
#[track_caller]
fn is_sound_page(page: &str) {
    let known: BTreeSet<&str> = "!doctype html head meta title style body header div p h1 h2 h3 h4 span dl dt dd b \
        code small main section ul li a article details summary fieldset legend label input pre footer"
        .split_whitespace()
        .collect();
    let keys: BTreeSet<&str> = "html lang charset http-equiv content name class id href title aria-label \
        aria-labelledby aria-hidden role tabindex type autocomplete checked open"
        .split_whitespace()
        .collect();
    let (mut open, mut ids, mut links) = (Vec::new(), BTreeSet::new(), Vec::new());
    for (name, attributes) in tags(page) {
        assert!(known.contains(name.trim_start_matches('/')), "<{name}>");
        for (key, value) in attributes {
            assert!(keys.contains(key.as_str()), "{key} on <{name}>");
            match key.as_str() {
                "id" => assert!(ids.insert(value.clone()), "{value} twice"),
                "href" => links.push(value),
                _ => {}
            }
        }
        match name.strip_prefix('/') {
            Some(closed) if closed != "style" => assert_eq!(open.pop().as_deref(), Some(closed)),
            None if !["!doctype", "meta", "input"].contains(&name.as_str()) => open.push(name),
            _ => {}
        }
    }
    assert!(open.is_empty(), "{open:?}");
    for link in links {
        assert!(link.strip_prefix('#').is_some_and(|id| ids.contains(id)), "{link} leads nowhere");
    }
    let unfit = |c: char| (c.is_control() && !matches!(c, '\n' | '\t')) || "\u{202e}\u{200b}\u{feff}".contains(c);
    assert!(!page.contains(unfit), "a character that can't be seen");
}

#[test]
fn a_page_holds_every_case_and_finding_and_nothing_from_elsewhere() {
    let checked = &*FLAWED;
    let page = checked.report("html");
    is_sound_page(&page);
    assert_eq!(checked.summary["exit"], 1);
    assert!(page.contains("The receiver fails: "), "{page}");
    assert_eq!(between(&page, "<details class=\"case ", "\"").len(), checked.cases.len());
    for case in &checked.cases {
        let name = text(case, "name");
        assert!(page.contains(&format!("<code>{name}</code><span class=\"proves\">")), "{name} is not among the cases");
        let finding = case["finding"].as_str().map(|code| format!("<code>{name}</code> <small>{code}</small>"));
        assert!(finding.is_none_or(|finding| page.contains(&finding)), "{name} is not among the findings");
    }
    let findings = checked.cases.iter().filter(|case| case["finding"].is_string()).count();
    assert!(findings > 1, "{:?}", checked.summary);
    assert_eq!(between(&page, "<article class=\"finding", ">").len(), findings);
    for word in ["sent", "sound", "yours", "why", "mend"] {
        assert_eq!(
            page.matches(&format!("<dt>{word}</dt><dd>")).count() % findings,
            if word == "sent" { checked.cases.len() % findings } else { 0 },
            "{word}"
        );
    }
    // Requests are cut and say so; answers stand indented as they were written.
    assert!(page.contains("of 1.0 MB left out"), "{page}");
    assert!(page.contains("&quot;received&quot;: [\n    1E2,\n    true\n  ]"), "{page}");
    assert!(page.contains("<code>401 Unauthorized <small>after "), "{page}");
    assert!(!page.contains(&SECRET[8..24]));
}

#[test]
fn a_page_runs_no_script_and_its_policy_names_its_style() {
    let page = SOUND.report("html");
    let style = between(&page, "<style>", "</style>");
    let [style] = style[..] else { panic!("{} styles", style.len()) };
    let hash = BASE64_STANDARD.encode(Sha256::digest(style));
    let policy = format!("default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'");
    let (before, _) = page.split_once("<style>").expect("a style");
    assert!(
        before.contains(&format!("<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">")),
        "{before}"
    );
    for word in ["<script", "url(", "@import", "src=", "<link", "<img", " style=", "javascript:"] {
        assert!(!page.contains(word), "{word}");
    }
    assert!(page.contains("The receiver passes: nothing was found"), "{page}");
}

#[test]
fn filters_are_for_what_there_is_and_the_style_knows_each() {
    let checked = &*FLAWED;
    let page = checked.report("html");
    let style = between(&page, "<style>", "</style>")[0];
    let of = |key: &str| checked.cases.iter().map(|case| text(case, key).to_string()).collect::<BTreeSet<_>>();
    let given = |group: &str| -> BTreeSet<String> {
        between(&page, &format!("id=\"{group}-"), "\"").into_iter().map(str::to_string).collect()
    };
    let mut results = of("result");
    results.extend(["all", "findings"].map(str::to_string));
    assert_eq!(given("result"), results);
    let mut families = of("family");
    families.insert("all".to_string());
    assert_eq!(given("family"), families);
    for result in results.iter().filter(|word| *word != "all") {
        assert!(style.contains(&format!(":root:has(#result-{result}:checked) .case:not(")), "{result}");
        assert!(style.contains(&format!(":root:has(#family-all:checked):has(#result-{result}:checked) .family:not(")));
    }
    for family in families.iter().filter(|word| *word != "all") {
        assert!(style.contains(&format!(":root:has(#family-{family}:checked) .family:not(.{family})")), "{family}");
        assert!(page.contains(&format!("<section class=\"family {family} ")), "{family}");
    }
}

#[test]
fn whatever_a_receiver_answers_it_stays_text_in_a_page() {
    let checked = &*HOSTILE;
    let page = checked.report("html");
    is_sound_page(&page);
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "the answers are not shown");
    assert!(page.contains("&quot;&gt;&lt;script&gt;alert(2)&lt;/script&gt;"), "nor are their headers");
    assert!(page.contains("\\u{1b}[31m\\u{202e}\\u{200b}\\u{0}"), "what can't be seen is not spelled out");
    assert!(page.contains(" KB that were read left out"), "what is cut is not told");
    assert!(!page.contains(&SECRET[8..24]) && !checked.stdout.contains(&SECRET[8..24]));
    assert!(page.len() < 3_000_000, "{} bytes", page.len());
}

#[test]
fn a_report_that_cannot_be_written_hides_no_finding_and_no_other_report() {
    let (receiver, folder) = (tiny(flawed()), TempDir::new().expect("a scratch folder"));
    let page = folder.path().join("page.html");
    let run = check(&receiver, FAST)
        .args(["--report", "html=no/such/folder", "--report"])
        .arg(format!("html={}", page.display()));
    let finished = run.exits(1).says("no/such/folder").prints("mend").prints("must");
    assert!(finished.stdout().contains("cases: "), "{}", finished.stdout());
    is_sound_page(&read(&page));
    let receiver = tiny(sound("superfolio", SECRET));
    check(&receiver, FAST).args(["--report", "html=no/such/folder"]).exits(3).prints("no finding");
    for odd in ["html", "html=", "pdf=x", "=x"] {
        hookproof("check 1/x --provider superfolio --report").arg(odd).exits(2).says("markdown=FILE");
    }
}

/// The cells of each row under a heading that begins like this.
fn table(markdown: &str, heading: &str) -> Vec<Vec<String>> {
    let lines = markdown.lines().skip_while(|line| !line.starts_with(heading)).skip(2);
    let rows = lines.take_while(|line| !line.is_empty());
    rows.map(|row| row.split('|').map(|cell| cell.trim().to_string()).collect()).collect()
}

/// Proves what holds for every report in Markdown.
#[track_caller]
fn is_sound_markdown(markdown: &str, cases: &[Value]) {
    let findings: Vec<_> = cases.iter().filter(|case| case["finding"].is_string()).collect();
    let rows = table(markdown, "| level | case |");
    assert_eq!(rows.len(), findings.len(), "{markdown}");
    for cells in &rows {
        let [before, level, name, finding, did, after] = &cells[..] else { panic!("a broken row: {cells:?}") };
        assert!(before.is_empty() && after.is_empty() && !did.is_empty(), "{cells:?}");
        let name = name.strip_prefix("<code>").and_then(|name| name.strip_suffix("</code>")).expect("a name");
        let case = findings.iter().find(|case| text(case, "name") == name).unwrap_or_else(|| panic!("{name}"));
        assert_eq!((text(case, "severity"), text(case, "finding")), (level.as_str(), finding.as_str()));
    }
    let counts = table(markdown, "| cases | passed |");
    let all = counts.last().expect("a row for all");
    assert_eq!(all[1], format!("**all {}**", cases.len()));
    for (cell, result) in all[2..].iter().zip(["passed", "failed", "warned", "skipped", "unsent"]) {
        let count = cases.iter().filter(|case| case["result"] == result).count();
        assert_eq!(*cell, format!("**{count}**"), "{result}");
    }
    for mark in ["<details><summary>", "</summary>", "</details>"] {
        assert_eq!(markdown.matches(mark).count(), findings.len(), "{mark}");
    }
    assert_eq!(markdown.matches("<pre>").count(), markdown.matches("</pre>").count());
    let tags: BTreeSet<&str> = between(markdown, "<", ">").into_iter().map(|tag| tag.trim_start_matches('/')).collect();
    let known = BTreeSet::from(["code", "details", "summary", "pre"]);
    assert!(tags.is_subset(&known), "{tags:?}");
    is_no_command(markdown);
}

/// No line that a CI would take for a command, and nothing that drives a terminal.
#[track_caller]
fn is_no_command(text: &str) {
    for line in text.lines() {
        assert!(!line.contains("::") && !line.contains("##["), "{line:?}");
        assert!(!line.contains(|c: char| c.is_control() || c == '\u{202e}'), "{line:?}");
    }
}

#[test]
fn markdown_holds_the_verdict_the_counts_and_each_finding() {
    let checked = &*FLAWED;
    let markdown = checked.report("markdown");
    is_sound_markdown(&markdown, &checked.cases);
    assert!(markdown.starts_with("## ❌ The receiver fails: "), "{markdown}");
    for label in ["sent", "sound", "yours", "why", "mend"] {
        let findings = checked.cases.iter().filter(|case| case["finding"].is_string()).count();
        assert_eq!(markdown.matches(&format!("- **{label}**: ")).count(), findings, "{label}");
    }
    assert!(markdown.contains("  413 Payload Too Large after "), "{markdown}");
    let sound = SOUND.report("markdown");
    assert!(sound.starts_with("## ✅ The receiver passes: nothing was found\n"), "{sound}");
}

#[test]
fn whatever_a_receiver_answers_it_stays_text_in_markdown() {
    let checked = &*HOSTILE;
    let markdown = checked.report("markdown");
    is_sound_markdown(&markdown, &checked.cases);
    assert!(markdown.contains("&#60;script&#62;alert(1)"), "the answers are not told");
    assert!(markdown.contains("  &lt;/pre&gt;&lt;/details&gt;"), "nor shown");
    assert!(markdown.contains(":&#58;set-output name=x"), "what looks like a command is not broken up");
    assert!(!markdown.contains(&SECRET[8..24]));
    let outside: String = markdown.split("<pre>").map(|part| part.split("</pre>").last().unwrap_or_default()).collect();
    for mark in ["@", "`", "](", "http://", "www.", "~"] {
        assert!(!outside.contains(mark), "{mark} stands in\n{outside}");
    }
}

/// A check where GitHub runs it, with this file for the job's summary.
fn on_github(receiver: &Receiver, summary: &Path, words: &str) -> Run {
    let path = summary.to_str().expect("a path");
    check(receiver, FAST).args(words.split_whitespace()).env("GITHUB_ACTIONS", "true").env("GITHUB_STEP_SUMMARY", path)
}

/// The commands among the lines; no other line may be one.
#[track_caller]
fn annotations(text: &str) -> Vec<String> {
    let (commands, others): (Vec<&str>, Vec<&str>) = text.lines().partition(|line| line.trim_start().starts_with("::"));
    is_no_command(&others.join("\n"));
    commands.into_iter().map(str::to_string).collect()
}

#[test]
fn github_gets_an_annotation_for_each_finding_and_a_summary() {
    let folder = TempDir::new().expect("a scratch folder");
    let summary = folder.path().join("summary.md");
    std::fs::write(&summary, "from before\n").expect("a file");
    let receiver = tiny(flawed());
    let finished = on_github(&receiver, &summary, "--json").exits(1);
    let cases: Vec<Value> = finished.lines().into_iter().filter(|line| line["hookproof"] == "check-case/1").collect();
    let told = annotations(&finished.stderr());
    for (severity, command) in [("must", "error"), ("should", "warning"), ("info", "notice")] {
        let found: BTreeSet<String> = cases
            .iter()
            .filter(|case| case["severity"] == severity)
            .map(|case| format!("hookproof%3A {} ({})", text(case, "name"), text(case, "finding")))
            .collect();
        let told = told.iter().filter_map(|line| line.strip_prefix(&format!("::{command} title=")));
        let told: BTreeSet<String> = told.map(|line| line.split("::").next().unwrap_or_default().to_string()).collect();
        assert_eq!(told, found, "{command}");
    }
    assert!(told.iter().all(|line| line.contains("%0Asound: ") && line.contains("%0Amend: ")), "{told:?}");
    let written = read(&summary);
    let (before, markdown) = written.split_once("## ").expect("a heading");
    assert_eq!(before, "from before\n");
    is_sound_markdown(&format!("## {markdown}"), &cases);

    let known = folder.path().join("known.jsonl");
    std::fs::write(&known, finished.stdout()).expect("a file");
    let words = format!("--baseline {}", known.display());
    let finished = on_github(&receiver, &summary, &words).exits(0);
    assert_eq!(annotations(&(finished.stdout() + &finished.stderr())), [""; 0]);
    assert_eq!(read(&summary).matches("\n## ").count(), 2, "it is not appended");
    assert!(read(&summary).contains("| must, known | <code>"), "{}", read(&summary));
    let finished = check(&receiver, FAST).env("GITHUB_STEP_SUMMARY", known.to_str().expect("a path")).exits(1);
    assert!(!finished.stdout().contains("::") && !read(&known).contains("## "), "it is told outside of GitHub");
}

#[test]
fn whatever_a_receiver_answers_it_is_no_command_to_github() {
    let folder = TempDir::new().expect("a scratch folder");
    let summary = folder.path().join("summary.md");
    let receiver = tiny(hostile());
    for words in ["", "--json"] {
        let finished = on_github(&receiver, &summary, words).exits(1);
        let stdout = if words.is_empty() { finished.stdout() } else { String::new() };
        let told = annotations(&(stdout + &finished.stderr()));
        assert!(told.len() > 10, "{told:?}");
        for line in told {
            let [start, message] = line[2..].splitn(2, "::").collect::<Vec<_>>()[..] else { panic!("{line}") };
            assert!(
                start.starts_with("error title=")
                    || start.starts_with("notice title=")
                    || start.starts_with("warning title=")
            );
            assert!(!start["error title=".len()..].contains([',', ':']) && !message.contains("::"), "{line}");
            assert!(!message.replace("%0A", "").replace("%25", "").contains('%'), "{line}");
        }
    }
}

#[test]
fn a_summary_of_the_job_keeps_to_its_limit_and_fails_nothing() {
    let folder = TempDir::new().expect("a scratch folder");
    let summary = folder.path().join("summary.md");
    let receiver = tiny(flawed());
    for (length, told) in [(1 << 20, None), ((1 << 20) - 2_500, Some("not told in full here"))] {
        std::fs::write(&summary, "x".repeat(length)).expect("a file");
        let finished = on_github(&receiver, &summary, "").exits(1);
        let written = read(&summary);
        assert!(written.len() <= 1 << 20, "{} bytes", written.len());
        match told {
            Some(told) => assert!(written[length..].contains(told), "{}", &written[length..]),
            None => assert!(written.len() == length && finished.stderr().contains("note: "), "{}", finished.stderr()),
        }
    }
    let missing = folder.path().join("no/such/folder");
    on_github(&receiver, &missing, "").exits(1).says("the job's summary can't be written");
    on_github(&tiny(sound("superfolio", SECRET)), &missing, "").exits(0).says("the job's summary can't be written");
}
