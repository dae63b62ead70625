//! Headers that come more than once. Some frameworks keep the first value, some join all of them with `, `: a delivery
//! counts as verified only where both readings verify.

use super::{Judgement, Remark, Scene, Verdict};
use crate::catalog::{Part, Scheme};
use crate::message::{Delivery, Headers};
use crate::words;

/// Judges a delivery. One that repeats a header that verification needs is judged in both readings.
pub(super) fn judge(scheme: &Scheme, scene: &Scene<'_>, verdict: impl Fn(&Scene<'_>) -> Judgement) -> Judgement {
    let names = repeated(scheme, &scene.delivery.headers);
    if names.is_empty() {
        return verdict(scene);
    }
    let read = |join: bool| {
        let headers = single(&scene.delivery.headers, &names, join);
        let delivery = Delivery { headers, ..scene.delivery.clone() };
        verdict(&Scene { delivery: &delivery, ..*scene })
    };
    let count = |name: &&str| format!("{name} came {} times", scene.delivery.headers.all(name).count());
    let came = words::list(&names.iter().map(count).collect::<Vec<_>>(), "and");
    combined(read(false), read(true), &came)
}

/// Returns true if a header that verification needs came more than once.
pub(super) fn is_needed(scheme: &Scheme, headers: &Headers) -> bool {
    !repeated(scheme, headers).is_empty()
}

/// Combines the verdicts of the two readings.
fn combined(first: Judgement, joined: Judgement, came: &str) -> Judgement {
    let is_right = |judgement: &Judgement| matches!(judgement.verdict, Verdict::Valid | Verdict::Stale);
    let remark = |words: &str| Remark::new("repeated-header", format!("{came}: {words}"));
    match (is_right(&first), is_right(&joined)) {
        (true, true) => {
            let verdict = if joined.verdict == Verdict::Stale { joined } else { first };
            verdict.with(&remark("the first value and all joined by `, ` verify"))
        }
        (true, false) => {
            let what = remark("the first value verifies, all joined by `, ` do not");
            Judgement { compared: joined.compared, ..Judgement::of(Verdict::Invalid, "").with(&what) }
        }
        (false, true) => {
            let what = remark("all joined by `, ` verify, the first value does not");
            Judgement { compared: first.compared, ..Judgement::of(Verdict::Invalid, "").with(&what) }
        }
        (false, false) if first.verdict == Verdict::Invalid => {
            first.with(&remark("neither the first value nor all joined by `, ` verify"))
        }
        (false, false) => first,
    }
}

/// The names of headers that verification needs and that came more than once.
fn repeated<'a>(scheme: &'a Scheme, headers: &Headers) -> Vec<&'a str> {
    let signed = scheme.content.0.iter().filter_map(|part| match part {
        Part::Header(name) => Some(name),
        _ => None,
    });
    let mut names: Vec<&str> = Vec::new();
    for name in scheme.header_names().chain(signed) {
        let is_new = !names.iter().any(|known| known.eq_ignore_ascii_case(name));
        if is_new && headers.all(name).nth(1).is_some() {
            names.push(name);
        }
    }
    names
}

/// The headers with one line for each of the names: its first value, or all of its values joined.
fn single(headers: &Headers, names: &[&str], join: bool) -> Headers {
    let mut single = Headers::default();
    for header in &headers.0 {
        let Some(name) = names.iter().find(|name| header.name.eq_ignore_ascii_case(name)) else {
            single.0.push(header.clone());
            continue;
        };
        if single.get(name).is_none() {
            let values: Vec<&[u8]> = headers.all(name).take(if join { usize::MAX } else { 1 }).collect();
            single.push(header.name.as_str(), values.join(&b", "[..]));
        }
    }
    single
}
