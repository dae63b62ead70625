//! `--probe`: a number that the receiver's work moves, so that what is done twice, or in spite of a refusal, is seen.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use super::receivers::{Handler, Manners, Receiver, Reply, bare, says};
use super::{Report, Seen, at_once, check, given, judged, refused, right};
use crate::support::{Received, Run};

/// Rows that a receiver writes.
type Rows = Arc<AtomicI64>;

/// A receiver that tells at /rows how many it wrote; else it does as the handler, which gets what writes one.
fn counting(handler: impl Fn(&Received, &Rows) -> Reply + Send + Sync + 'static) -> Receiver {
    let rows = Rows::default();
    let routed: Handler = Box::new(move |request| match (&*request.method, &*request.target) {
        ("POST", _) => handler(request, &rows),
        (_, "/rows") => says(200, &rows.load(Ordering::SeqCst).to_string()),
        (_, "/status") => says(200, &json!({ "jobs": { "processed": rows.load(Ordering::SeqCst) } }).to_string()),
        (_, "/words") => says(200, "many rows"),
        _ => says(405, ""),
    });
    bare(Manners::default(), routed)
}

fn write(rows: &Rows) -> Option<Reply> {
    rows.fetch_add(1, Ordering::SeqCst);
    None
}

/// Verifies, and does this with the body.
fn verified(request: &Received, work: impl Fn(&Value) -> Option<Reply>) -> Reply {
    if given(request) != Some(&right(&request.body)) {
        return refused();
    }
    let Ok(body) = serde_json::from_slice::<Value>(&request.body) else { return says(400, "no JSON") };
    work(&body).unwrap_or_else(|| says(200, "thanks"))
}

/// Works once on each delivery.
fn once() -> Receiver {
    let seen = Seen::default();
    counting(move |request, rows| verified(request, |body| if seen.knows(body) { None } else { write(rows) }))
}

fn at(receiver: &Receiver, path: &str) -> String {
    receiver.url.replace("/hook", path)
}

fn probed(receiver: &Receiver, probe: &str, words: &str) -> Run {
    check(&receiver.url, "superfolio", words).args(["--probe", probe])
}

#[track_caller]
fn is_sound(report: &Report) {
    assert_eq!((report.exit, report.findings()), (0, BTreeSet::new()));
    assert_eq!(report.of("unsent"), BTreeSet::new());
}

/// Those of the cases after which the number must be what it was.
fn refusals(report: &Report) -> BTreeSet<String> {
    let is_sent = |case: &&Value| case["result"] != "skipped";
    let is_refusal = |case: &&Value| case["family"] == "refuses" || case["case"] == "huge-unsigned";
    let named = report.cases.iter().filter(is_sent).filter(is_refusal);
    named.map(|case| format!("must refused-effect {}", case["name"].as_str().expect("a name"))).collect()
}

#[test]
fn a_receiver_that_works_once_has_no_finding() {
    let receiver = once();
    is_sound(&judged(probed(&receiver, &at(&receiver, "/rows"), "--strict")));
    is_sound(&judged(probed(&receiver, &at(&receiver, "/status"), "--probe-path jobs.processed --jobs 4")));
    is_sound(&judged(probed(&receiver, &at(&receiver, "/status"), "--probe-path /jobs/processed")));
    // One that writes several rows for a delivery works once, too.
    let seen = Seen::default();
    let thrice = counting(move |request, rows| {
        verified(request, |body| if seen.knows(body) { None } else { write(rows).or(write(rows)).or(write(rows)) })
    });
    is_sound(&judged(probed(&thrice, &at(&thrice, "/rows"), "")));
}

#[test]
fn a_number_that_a_command_prints_will_do() {
    let folder = tempfile::TempDir::new().expect("a scratch folder");
    let file = folder.path().join("rows.txt");
    let writing = |is_careful: bool| {
        std::fs::write(&file, "").expect("a file");
        let (seen, file) = (Seen::default(), file.clone());
        counting(move |request, _| {
            verified(request, |body| {
                if !seen.knows(body) || !is_careful {
                    let mut all = std::fs::read(&file).expect("the file");
                    all.extend_from_slice(b"a row\n");
                    std::fs::write(&file, all).expect("the file");
                }
                None
            })
        })
    };
    let command = format!("wc -l < '{}'", file.display());
    is_sound(&judged(probed(&writing(true), &command, "")));
    let report = judged(probed(&writing(false), &command, "--only repeat"));
    assert_eq!(report.findings(), BTreeSet::from(["must repeated-effect repeat".to_string()]));
}

#[test]
fn work_that_is_done_again_is_found() {
    let again = counting(|request, rows| verified(request, |_| write(rows)));
    let report = judged(probed(&again, &at(&again, "/rows"), ""));
    let both = ["must repeated-effect repeat", "must repeated-effect repeat-at-once"].map(String::from);
    assert_eq!((report.exit, report.findings()), (1, both.into()));
    let reason = report.case("repeat")["reason"].as_str().unwrap_or_default();
    assert!(reason.contains("one delivery adds 1"), "{reason}");
    // Without the number it is not seen.
    assert_eq!(judged(check(&again.url, "superfolio", "--only repeats")).exit, 0);

    // It looks whether it knows the id, and remembers it when the work is done.
    let known = Mutex::new(BTreeSet::new());
    let racing = counting(move |request, rows| {
        verified(request, |body| {
            let id = body["event_id"].to_string();
            if known.lock().expect("no panic").contains(&id) {
                return None;
            }
            std::thread::sleep(Duration::from_millis(40));
            known.lock().expect("no panic").insert(id);
            write(rows)
        })
    });
    let report = judged(probed(&racing, &at(&racing, "/rows"), ""));
    assert_eq!(report.findings(), BTreeSet::from(["must repeated-effect repeat-at-once".to_string()]));
}

#[test]
fn work_on_what_is_refused_is_found() {
    let seen = Seen::default();
    let early = counting(move |request, rows| {
        let body = serde_json::from_slice::<Value>(&request.body).unwrap_or_else(|_| json!({ "event_id": null }));
        if body["event_id"].is_null() || !seen.knows(&body) {
            write(rows);
        }
        verified(request, |_| None)
    });
    let report = judged(probed(&early, &at(&early, "/rows"), ""));
    assert_eq!((report.exit, report.findings()), (1, refusals(&report)));
    assert!(report.findings().len() > 12, "{:?}", report.findings());
    assert_eq!(report.case("tampered")["status"], 401);
}

#[test]
fn work_that_is_done_later_is_waited_for() {
    let late = |is_careful: bool| {
        let seen = Seen::default();
        counting(move |request, rows| {
            verified(request, |body| {
                if !seen.knows(body) || !is_careful {
                    let rows = rows.clone();
                    std::thread::spawn(move || {
                        std::thread::sleep(Duration::from_millis(300));
                        write(&rows);
                    });
                }
                None
            })
        })
    };
    let of = |is_careful| {
        let receiver = late(is_careful);
        judged(probed(&receiver, &at(&receiver, "/rows"), "--only repeats,tampered,no-signature"))
    };
    let reports = at_once(vec![true, false], of);
    is_sound(&reports[0]);
    let both = ["must repeated-effect repeat", "must repeated-effect repeat-at-once"].map(String::from);
    assert_eq!(reports[1].findings(), both.into());
}

#[test]
fn a_number_that_tells_nothing_exits_3_and_says_why() {
    let idle = counting(|request, _| verified(request, |_| None));
    let fails = |probe: &str, words: &str, why: &str| {
        let finished = probed(&idle, probe, &format!("{words} --only repeats")).exits(3);
        assert!(finished.stderr().contains("--probe") && finished.stderr().contains("hint:"), "{}", finished.stderr());
        finished.says(why);
    };
    let cases = [
        (at(&idle, "/rows"), "", "stayed 0"),
        (at(&idle, "/words"), "", "no number"),
        (at(&idle, "/status"), "--probe-path jobs.done", "nothing at jobs.done"),
        (at(&idle, "/status"), "", "no whole number"),
        (at(&idle, "/hook"), "", "405"),
        ("echo many".to_string(), "", "no number"),
        ("echo 1.5".to_string(), "", "no whole number"),
        ("echo no database >&2; exit 4".to_string(), "", "no database"),
        ("exec sleep 30".to_string(), "", "longer than 10"),
        ("http://127.0.0.1:9/rows".to_string(), "", "no connection"),
    ];
    at_once(cases.into(), |(probe, words, why)| fails(&probe, words, why));
    check(&idle.url, "superfolio", "--probe-path a").exits(2).says("--probe");
    probed(&idle, "true", "--probe-path a..b").exits(2);
}

/// Works once on each delivery, so long after it; the first shows at once.
fn belated(pause: u64) -> Receiver {
    let seen = Seen::default();
    counting(move |request, rows| {
        verified(request, |body| {
            if seen.knows(body) {
                return None;
            }
            if rows.load(Ordering::SeqCst) == 0 {
                return write(rows);
            }
            let rows = rows.clone();
            std::thread::spawn(move || {
                std::thread::sleep(Duration::from_millis(pause));
                write(&rows);
            });
            None
        })
    })
}

#[test]
fn work_that_shows_later_than_the_first_is_no_finding() {
    let receiver = belated(700);
    is_sound(&judged(probed(
        &receiver,
        &at(&receiver, "/rows"),
        "--only whitespace,crlf,escapes,utf8,tampered,repeats",
    )));
}

#[test]
fn a_queue_that_is_behind_is_waited_for() {
    // One after the other, as a single worker does.
    let queue = Arc::new(Mutex::new(()));
    let seen = Seen::default();
    let slow = counting(move |request, rows| {
        verified(request, |body| {
            if !seen.knows(body) {
                let (queue, rows) = (queue.clone(), rows.clone());
                std::thread::spawn(move || {
                    let _turn = queue.lock();
                    std::thread::sleep(Duration::from_millis(300));
                    write(&rows);
                });
            }
            None
        })
    });
    is_sound(&judged(probed(&slow, &at(&slow, "/rows"), "--only event,tampered,no-signature")));
}

#[test]
fn a_number_that_moves_by_itself_proves_nothing() {
    // The longer the receiver is asked, the more it is.
    let asked = AtomicI64::new(0);
    let moving = bare(
        Manners::default(),
        Box::new(move |request| match &*request.target {
            "/asked" => says(200, &asked.fetch_add(1, Ordering::SeqCst).to_string()),
            _ => verified(request, |_| None),
        }),
    );
    let run = probed(&moving, &at(&moving, "/asked"), "--only repeats,tampered");
    run.exits(3).says("does not stand still");
}

#[test]
fn a_probe_that_is_gone_hides_no_finding() {
    // The number is that of the receiver itself, which one request ends.
    let dies = counting(
        |request, rows| {
            if given(request) == Some("abc") { Reply::Die } else { verified(request, |_| write(rows)) }
        },
    );
    let report = judged(probed(&dies, &at(&dies, "/rows"), "--only repeats,short-signature,one-short"));
    let found = ["must gone short-signature", "must repeated-effect repeat", "must repeated-effect repeat-at-once"];
    assert_eq!((report.exit, report.findings()), (1, found.map(String::from).into()));
    // Where nothing else is found, the rest is not proved: the number of one that is deaf after a forgery.
    let is_deaf = AtomicBool::new(false);
    let seen = Seen::default();
    let rows = AtomicI64::new(0);
    let deaf = bare(
        Manners::default(),
        Box::new(move |request| match &*request.target {
            "/rows" if is_deaf.load(Ordering::SeqCst) => says(503, ""),
            "/rows" => says(200, &rows.load(Ordering::SeqCst).to_string()),
            _ if given(request).is_none() => {
                is_deaf.store(true, Ordering::SeqCst);
                refused()
            }
            _ => verified(request, |body| {
                if !seen.knows(body) {
                    rows.fetch_add(1, Ordering::SeqCst);
                }
                None
            }),
        }),
    );
    let report = judged(probed(&deaf, &at(&deaf, "/rows"), "--only tampered,no-signature,repeats"));
    assert_eq!((report.exit, report.findings()), (3, BTreeSet::new()));
}

#[test]
fn a_probe_tells_no_secret() {
    let receiver = once();
    let hidden = |probe: &str| {
        let finished = probed(&receiver, probe, "--only repeats").exits(3);
        let all = finished.stdout() + &finished.stderr();
        assert!(!all.contains("hunter2secret"), "{all}");
        super::keeps(&all);
    };
    hidden(&receiver.url.replace("//", "//alice:hunter2secret@"));
    hidden("echo $KEY");
    hidden("echo no $KEY >&2; false");
}
