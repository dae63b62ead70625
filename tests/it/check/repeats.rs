//! Receivers that do not bear what comes twice, or late.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::Timestamp;
use serde_json::Value;

use super::receivers::{Handler, header, hmac256, says, tiny};
use super::{SECRET, Seen, bare_flaw, check, flaw, found, judged, refused, then};
use crate::support::Received;

fn id(body: &Value) -> String {
    body["event_id"].to_string()
}

fn moment(body: &Value) -> Option<Timestamp> {
    body["timestamp"].as_str()?.parse().ok()
}

#[test]
fn receivers_that_bear_no_repeats_are_found() {
    found(vec![
        flaw("breaks on repeats", &["must server-error: repeat repeat-at-once"], {
            let seen = Seen::default();
            move |request| then(request, |body| seen.knows(body).then(|| says(500, "UNIQUE constraint failed")))
        }),
        flaw("refuses repeats", &["should repeat-refused: repeat repeat-at-once"], {
            let seen = Seen::default();
            move |request| then(request, |body| seen.knows(body).then(|| says(409, "a repeat")))
        }),
        bare_flaw("breaks on two at once", &["must server-error: repeat-at-once"], {
            let under_way = Mutex::new(BTreeSet::new());
            move |request| {
                then(request, |body| {
                    if !under_way.lock().expect("no panic").insert(id(body)) {
                        return Some(says(500, "deadlock detected"));
                    }
                    std::thread::sleep(Duration::from_millis(30));
                    under_way.lock().expect("no panic").remove(&id(body));
                    None
                })
            }
        }),
        flaw("refuses older events", &["info refused: out-of-order"], {
            let latest = Mutex::new(Timestamp::UNIX_EPOCH);
            move |request| {
                then(request, |body| {
                    let at = moment(body)?;
                    let mut latest = latest.lock().expect("no panic");
                    // What was made a moment before another may go out a moment after it.
                    if at.as_second() + 60 < latest.as_second() {
                        return Some(says(409, "out of date"));
                    }
                    *latest = at.max(*latest);
                    None
                })
            }
        }),
    ]);
}

/// Linear's time of signing stands in the body: an old event must not look like an old signature.
#[test]
fn an_older_event_is_signed_now() {
    let sound: Handler = Box::new(|request: &Received| {
        let body = serde_json::from_slice::<Value>(&request.body).unwrap_or_default();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").as_millis();
        let at = u128::from(body["webhookTimestamp"].as_u64().unwrap_or_default());
        let is_signed = header(request, "linear-signature") == hex::encode(hmac256(SECRET, &request.body));
        if is_signed && now.abs_diff(at) <= 60_000 { says(200, "") } else { refused() }
    });
    let receiver = tiny(sound);
    let report = judged(check(&receiver.url, "linear", "--only repeats,refuses"));
    assert_eq!((report.exit, report.findings()), (0, BTreeSet::new()));
    assert_eq!(report.case("out-of-order")["result"], "passed");
    let created =
        |request: &Received| Some(request.json()["createdAt"].as_str()?.parse::<Timestamp>().ok()?.as_second());
    let seen = receiver.seen();
    let times: Vec<i64> = seen.iter().filter(|request| request.body.len() > 100).filter_map(created).collect();
    assert!(times.windows(2).any(|pair| (3_500..3_700).contains(&(pair[0] - pair[1]))), "{times:?}");
}
