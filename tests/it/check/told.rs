//! What the reports say, and what they never show.

use std::time::Duration;

use super::receivers::{Handler, Manners, Reply, bare, header, says, sound, tiny};
use super::{SECRET, check, discreet, first, given, judged, keeps};

#[test]
fn the_order_of_the_report_does_not_hang_on_jobs() {
    let receiver = bare(Manners::default(), sound("superfolio", SECRET));
    let one = judged(check(&receiver.url, "superfolio", ""));
    let four = judged(check(&receiver.url, "superfolio", "--jobs 4"));
    assert_eq!((four.exit, one.names()), (0, four.names()));
    let slow = bare(
        Manners::default(),
        Box::new(|request| {
            // What was sent first is answered last.
            let pause = if request.body.len() > 100_000 { 0 } else { 15 };
            std::thread::sleep(Duration::from_millis(pause));
            first(request, |_| None)
        }),
    );
    assert_eq!(judged(check(&slow.url, "superfolio", "--jobs 4")).names(), one.names());
    check(&receiver.url, "superfolio", "--jobs 0").exits(2);
}

/// A receiver that puts into its answers what came and what hurts a terminal.
fn hostile() -> Handler {
    Box::new(|request| {
        let text = format!("\u{1b}[31m{SECRET}\u{7}\r\n::error::x\u{9b}2J{}", given(request).unwrap_or_default());
        if given(request).is_none() { says(200, &text) } else { first(request, |_| None) }
    })
}

#[test]
fn the_report_for_people_says_all_and_does_no_harm() {
    let receiver = tiny(hostile());
    let finished = discreet(check(&receiver.url, "superfolio", "").exits(1));
    let told = finished.stdout();
    for output in [&told, &finished.stderr()] {
        let harm = output.chars().find(|c| c.is_control() && *c != '\n');
        assert_eq!(harm, None, "{output}");
        assert!(!output.lines().any(|line| line.starts_with("::")), "{output}");
    }
    for word in ["no-signature", "must", "control without its signature header", "401"] {
        assert!(told.contains(word), "no {word:?} in:\n{told}");
    }
    let coloured = check(&receiver.url, "superfolio", "--color always").exits(1).stdout();
    assert!(coloured.contains('\u{1b}') && !coloured.contains('\u{7}') && !coloured.contains("\u{1b}[31mwhsec"));
}

#[test]
fn the_junit_report_has_each_case() {
    let receiver = tiny(hostile());
    let folder = tempfile::TempDir::new().expect("a scratch folder");
    let file = folder.path().join("check.xml");
    let words = format!("--report junit={}", file.display());
    let report = judged(check(&receiver.url, "superfolio", &words));
    assert_eq!(report.exit, 1);
    let xml = std::fs::read_to_string(&file).expect("a report");
    keeps(&xml);
    let elements = elements(&xml);
    let cases: Vec<_> = elements.iter().filter(|element| element.name == "testcase").collect();
    let names: Vec<_> = cases.iter().map(|element| element.attribute("name")).collect();
    assert_eq!(names, report.names());
    let sum = |name: &str| elements.iter().filter(|element| element.name == name).count();
    assert_eq!(sum("failure"), report.of("failed").len());
    assert_eq!(sum("skipped"), report.of("skipped").len() + report.of("unsent").len());
    let suite = elements.iter().find(|element| element.name == "testsuite").expect("a suite");
    assert_eq!(suite.attribute("tests"), report.cases.len().to_string());
    assert_eq!(suite.attribute("failures"), report.of("failed").len().to_string());
    let failed = elements.iter().find(|element| element.name == "failure").expect("a failure");
    assert!(!failed.attribute("message").is_empty());
    // A report that can't be written hides no finding: nothing is sent then, or the exit tells the finding.
    receiver.seen();
    let finished = check(&receiver.url, "superfolio", "--report junit=/dev/null/x.xml").output();
    let code = if receiver.seen().is_empty() { 3 } else { 1 };
    assert_eq!(finished.output.status.code(), Some(code), "{}", finished.stderr());
    check(&receiver.url, "superfolio", "--report pdf=x").exits(2).says("junit");
}

#[derive(Debug)]
struct Element {
    name: String,
    attributes: Vec<(String, String)>,
}

impl Element {
    #[track_caller]
    fn attribute(&self, name: &str) -> String {
        let known = self.attributes.iter().find(|(known, _)| known == name);
        known.unwrap_or_else(|| panic!("no {name} in {self:?}")).1.clone()
    }
}

/// Every element of an XML text, which has to be well-formed: nested, closed, quoted, escaped, and of allowed
/// characters only.
#[track_caller]
fn elements(xml: &str) -> Vec<Element> {
    let allowed =
        |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    assert!(xml.chars().all(allowed), "a character that XML has not: {xml:?}");
    let mut rest = xml.trim_start();
    if let Some((_, after)) = rest.strip_prefix("<?xml").and_then(|text| text.split_once("?>")) {
        rest = after.trim_start();
    }
    let (mut open, mut all) = (Vec::<String>::new(), Vec::new());
    while let Some(start) = rest.find('<') {
        plain(&rest[..start]);
        assert!(!open.is_empty() || rest[..start].trim().is_empty(), "text outside the root: {:?}", &rest[..start]);
        rest = &rest[start + 1..];
        if let Some(after) = rest.strip_prefix("![CDATA[") {
            rest = after.split_once("]]>").expect("an end of CDATA").1;
            continue;
        }
        let (tag, after) = rest.split_once('>').expect("an end of the tag");
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name.trim()), "{xml}");
            continue;
        }
        let is_empty = tag.ends_with('/');
        let tag = tag.trim_end_matches('/').trim();
        let (name, mut attributes) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
        let mut element = Element { name: name.to_string(), attributes: Vec::new() };
        assert!(!name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'), "{tag}");
        while let Some((key, text)) = attributes.split_once('=') {
            let text = text.trim_start();
            let quote = text.chars().next().filter(|c| matches!(c, '"' | '\'')).expect("a quote");
            let (value, after) = text[1..].split_once(quote).expect("a closing quote");
            plain(value);
            let key = key.trim().to_string();
            assert!(element.attributes.iter().all(|(known, _)| *known != key), "{key} twice in {tag}");
            element.attributes.push((key, unescaped(value)));
            attributes = after;
        }
        assert!(attributes.trim().is_empty(), "{attributes:?} in {tag}");
        assert!(!open.is_empty() || all.is_empty(), "a second root: {tag}");
        all.push(element);
        if !is_empty {
            open.push(name.to_string());
        }
    }
    assert!(open.is_empty() && rest.trim().is_empty() && !all.is_empty(), "{open:?} stays open: {xml}");
    all
}

/// Text in which each `&` begins a reference.
#[track_caller]
fn plain(text: &str) {
    for after in text.split('&').skip(1) {
        let name = after.split_once(';').map_or("", |(name, _)| name);
        let is_named = ["lt", "gt", "amp", "quot", "apos"].contains(&name);
        assert!(is_named || name.starts_with('#'), "a bare & in {text:?}");
    }
}

fn unescaped(text: &str) -> String {
    let named = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")];
    named.iter().fold(text.to_string(), |text, (from, to)| text.replace(from, to))
}

#[test]
fn what_lets_the_user_in_is_in_no_report() {
    let echo = tiny(Box::new(|request| {
        let reply = sound("superfolio", SECRET)(request);
        let Reply::Now(status, headers, _) = reply else { return reply };
        let given = ["authorization", "x-api-key", "cookie"].map(|name| header(request, name)).join(" and ");
        Reply::Now(status, headers, given)
    }));
    let file = tempfile::NamedTempFile::new().expect("a file");
    let report = format!("html={}", file.path().display());
    let told = |url: &str, words: &[&str]| {
        let run = check(url, "superfolio", "--skip slow-body,huge-unsigned").args(["--report", &report]);
        let run = run.args(words).exits(0);
        run.stdout() + &run.stderr() + &std::fs::read_to_string(file.path()).expect("the report")
    };
    // The form in which it goes over the wire, too.
    let by_address = told(&echo.url.replace("//", "//alice:hunter2secret@"), &[]);
    assert!(!by_address.contains("hunter2secret") && !by_address.contains("YWxpY2U6aHVudGVyMnNlY3JldA"));
    let headers = [
        "-H",
        "Authorization: Bearer tok_4711abcdef",
        "-H",
        "X-Api-Key: key_4711abcdef",
        "-H",
        "Cookie: sid=4711abcdef",
    ];
    let by_header = told(&echo.url, &headers);
    assert!(!by_header.contains("4711abcdef"), "{by_header}");
    assert!(by_header.contains("[secret]"));
}

#[test]
fn a_secret_that_a_receiver_echoes_is_not_shown_cut_either() {
    for padding in [0, 30, 45, 60, 70, 165, 190] {
        let echo = tiny(Box::new(move |_| says(401, &format!("{}{SECRET}", "x".repeat(padding)))));
        let file = tempfile::NamedTempFile::new().expect("a file");
        let words = format!("--report junit={}", file.path().display());
        let run = check(&echo.url, "superfolio", &words).exits(1);
        let report = std::fs::read_to_string(file.path()).expect("the report");
        for text in [run.stdout(), run.stderr(), report] {
            assert!(!text.contains(&SECRET[..9]), "behind {padding}: {text}");
        }
    }
    let receiver = tiny(sound("superfolio", SECRET));
    let named = judged(check(&format!("{}?token={SECRET}", receiver.url), "superfolio", "--only tampered"));
    assert!(!named.summary.to_string().contains(SECRET), "{}", named.summary);
}

#[test]
fn the_fix_of_a_server_error_depends_on_the_delivery() {
    let broken = |is_broken: fn(&[u8]) -> bool, only: &str| {
        let receiver = tiny(Box::new(move |request| {
            let breaks = is_broken(&request.body) || given(request).is_none();
            first(request, |_| breaks.then(|| says(500, "boom")))
        }));
        check(&receiver.url, "superfolio", &format!("--only {only}")).exits(1).stdout()
    };
    let fix = |told: &str, case: &str| {
        let rest = told.split(&format!("{case}  [server-error]")).nth(1).expect("the finding").to_string();
        let line = rest.lines().find(|line| line.trim_start().starts_with("mend")).map(str::to_string);
        line.expect("a fix")
    };
    let told = broken(|body| body.len() > 100_000, "size-150kb,no-signature");
    let (valid, forged) = (fix(&told, "size-150kb"), fix(&told, "no-signature"));
    assert!(!valid.contains("401") && !valid.contains("400"), "{valid}");
    assert!(forged.contains("401"), "{forged}");
}
