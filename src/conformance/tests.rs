//! The cases and findings as tables: names unique, everything told.

use std::time::Duration;

use super::cases::REPORTS;
use super::{CASES, Came, Case, Expect, FINDINGS, Level, Outcome, case, judge};
use crate::catalog::Catalog;
use crate::message::{Answer, Headers};

/// The level at which a case counts whose forgery was accepted.
fn level_of(provider: &str, id: &str) -> Level {
    let catalog = Catalog::built_in().unwrap();
    let provider = catalog.provider(provider).unwrap();
    let case = case(id).unwrap();
    let expect = Expect::Refuse { may_drop: false, is_malformed: false, severity: case.level };
    let answered = Came::Answered(Answer {
        status: 200,
        headers: Headers::default(),
        reason: Vec::new(),
        body: Vec::new(),
        is_cut: false,
        elapsed: Duration::ZERO,
        via: None,
    });
    match judge(case, provider, provider.scheme(), &[(expect, answered)]).outcome {
        Outcome::Found { code: "accepted", severity } => severity,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_advisory_bound_counts_little_wherever_the_age_stands() {
    for (provider, level) in [("mailgun", Level::Info), ("slack", Level::Must)] {
        for id in ["old-timestamp", "unsigned-time"] {
            assert_eq!(level_of(provider, id), level, "{provider} {id}");
        }
    }
    assert_eq!(level_of("slack", "future-timestamp"), Level::Info);
}

#[test]
fn case_ids_are_unique_and_every_case_is_told() {
    let ids: Vec<&str> = CASES.iter().map(|case| case.id).collect();
    assert_names(&ids);
    for case in CASES {
        for clause in [case.title, case.sent, case.fix] {
            assert_clause(case.id, clause);
        }
        assert_sentences(case.id, case.why);
    }
}

#[test]
fn reports_are_threads_about_cases() {
    assert_names(&REPORTS.iter().map(|(id, _)| *id).collect::<Vec<_>>());
    for (id, reports) in REPORTS {
        assert_eq!(case(id).map(Case::reports), Some(*reports), "{id}");
        for address in *reports {
            let rest = address.strip_prefix("https://github.com/").unwrap_or_default();
            let [_, _, "pull" | "issues", number] = rest.split('/').collect::<Vec<_>>()[..] else {
                panic!("{id}: {address} is no thread")
            };
            assert!(number.parse::<u32>().is_ok(), "{id}: {address}");
        }
    }
}

#[test]
fn finding_codes_are_unique_and_each_has_its_own_words_or_none() {
    let codes: Vec<&str> = FINDINGS.iter().map(|finding| finding.code).collect();
    assert_names(&codes);
    for finding in FINDINGS {
        assert_clause(finding.code, finding.did);
        assert_eq!(finding.why.is_empty(), finding.fix.is_empty(), "{} is half told", finding.code);
        if !finding.why.is_empty() {
            assert_sentences(finding.code, finding.why);
            assert_clause(finding.code, finding.fix);
        }
    }
}

fn assert_names(names: &[&str]) {
    for (index, name) in names.iter().enumerate() {
        assert!(!names[..index].contains(name), "{name} stands twice");
        let sound = |word: &str| {
            !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        };
        assert!(name.split('-').all(sound), "{name} is not kebab-case");
    }
}

/// A clause follows a colon or a dash: it begins small and ends open.
fn assert_clause(name: &str, clause: &str) {
    assert_plain(name, clause);
    assert!(clause.starts_with(|first: char| !first.is_uppercase()), "{name}: {clause:?} begins large");
    assert!(!clause.ends_with(['.', ',', ':', ';', '!', '?']), "{name}: {clause:?} ends with a mark");
}

fn assert_sentences(name: &str, text: &str) {
    assert_plain(name, text);
    assert!(text.ends_with('.'), "{name}: {text:?} lacks its full stop");
    for sentence in text.split(". ") {
        assert!(sentence.starts_with(|first: char| !first.is_lowercase()), "{name}: {sentence:?} begins small");
    }
}

fn assert_plain(name: &str, text: &str) {
    assert!(!text.is_empty() && text.trim() == text, "{name}: {text:?} is empty or has blanks around it");
    assert!(text.is_ascii() && !text.contains("  ") && !text.contains('\n'), "{name}: {text:?} is not plain");
}
