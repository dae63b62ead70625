//! Other readings of a list of signatures that can't be taken apart as it stands.

use super::readings::{names_header, readings, rejoined};
use super::{Cause, Change, Explanation, Fact, Question, Search, ValueOf};
use crate::signature::{self, Scene};

/// Searches with other readings of a list that can't be taken apart as it stands: what is signed with the body
/// may be one of its items.
pub(super) fn explain_list(question: &Question<'_>, in_time: &impl Fn() -> bool) -> Option<Explanation> {
    let scheme = question.scheme;
    let list = scheme.list.as_ref().filter(|_| scheme.body.is_none() && question.origin == ValueOf::Sender)?;
    if signature::layout(scheme, &question.scene).is_ok() && !signature::digests(scheme, question.value).is_empty() {
        return None;
    }
    let all = readings(question.value);
    let joined = all
        .iter()
        .filter(|reading| !names_header(&reading.text))
        .filter_map(|reading| rejoined(&reading.text, list).map(|text| (text, reading.writing.clone(), true)));
    let plain = all.iter().map(|reading| (reading.text.clone(), reading.writing.clone(), false));
    for (text, writing, is_joined) in plain.chain(joined).filter(|(text, ..)| text != question.value) {
        let mut delivery = question.scene.delivery.clone();
        delivery.headers.remove(scheme.header.first());
        delivery.headers.push(scheme.header.first(), text.as_str());
        let scene = Scene { delivery: &delivery, ..question.scene };
        if signature::layout(scheme, &scene).is_err() {
            continue;
        }
        let other = Question { scene, value: &text, depth: 1, ..*question };
        let mut found = Search::new(&other, &delivery.body).run(in_time);
        let mut changes: Vec<Change> = writing.iter().map(|(code, detail)| Change::new(code, *detail)).collect();
        changes.extend(is_joined.then(|| Change::new("value-list", "")));
        if std::mem::take(&mut found.facts).contains(&Fact::DigestRight) {
            found.causes.push(Cause { changes: Vec::new(), with: None, at: None });
        }
        if !found.causes.is_empty() {
            found.causes.iter_mut().for_each(|cause| cause.changes.extend(changes.iter().cloned()));
            return Some(found);
        }
    }
    None
}
