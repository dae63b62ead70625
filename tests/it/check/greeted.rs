//! Handshakes by an address with a token: the receiver compares the token, and no query saves a forgery from refusal.

use std::collections::BTreeSet;

use form_urlencoded::parse;
use serde_json::Value;

use super::receivers::{Manners, Receiver, Reply, bare, header, hmac256, says};
use super::{Report, SECRET, check, discreet, judged, text};
use crate::own_catalog::{DESCRIPTION, SAMPLE};
use crate::support::{Received, Run, hookproof};

/// Every character that a query writes otherwise is in it.
const TOKEN: &str = "verify me+/=&?#%-\u{e9}-0Zk3qX";
const NAME: &str = "hub.challenge";

/// The value of a field of the query.
fn field(request: &Received, name: &str) -> Option<String> {
    let (_, query) = request.target.split_once('?')?;
    parse(query.as_bytes()).find(|(field, _)| field == name).map(|(_, value)| value.into_owned())
}

/// The answer to a handshake whose token this rule takes.
fn greeted(request: &Received, takes: impl Fn(Option<&str>) -> bool) -> Reply {
    let is_one = field(request, "hub.mode").as_deref() == Some("subscribe");
    let token = field(request, "hub.verify_token");
    match field(request, NAME) {
        Some(challenge) if is_one && takes(token.as_deref()) => says(200, &challenge),
        _ => says(403, "no"),
    }
}

/// The answer to a delivery.
fn delivered(request: &Received) -> Reply {
    let own = format!("sha256={}", hex::encode(hmac256(SECRET, &request.body)));
    match serde_json::from_slice::<Value>(&request.body) {
        _ if header(request, "X-Hub-Signature-256") != own => says(401, "no"),
        Err(_) => says(400, "no JSON"),
        Ok(_) => says(200, "thanks"),
    }
}

fn receiver(takes: fn(Option<&str>) -> bool) -> Receiver {
    bare(
        Manners::default(),
        Box::new(move |request| match &*request.method {
            "GET" => greeted(request, takes),
            "POST" => delivered(request),
            _ => says(405, ""),
        }),
    )
}

fn run(receiver: &Receiver, words: &str) -> Run {
    check(&receiver.url, "meta", words).env("VERIFY", TOKEN)
}

fn checked(receiver: &Receiver) -> Report {
    judged(run(receiver, "--only handshake* --verify-token-env VERIFY"))
}

#[track_caller]
fn finds(report: &Report, wanted: &[&str]) {
    let wanted: BTreeSet<String> = wanted.iter().map(|finding| format!("{finding}:{NAME}")).collect();
    assert_eq!(report.findings(), wanted);
}

#[test]
fn a_receiver_that_compares_the_token_has_no_finding() {
    let sound = receiver(|token| token == Some(TOKEN));
    let report = judged(run(&sound, "--strict --verify-token-env VERIFY"));
    finds(&report, &[]);
    for case in ["handshake", "handshake-wrong-token", "handshake-no-token", "handshake-marks"] {
        assert_eq!(report.case(&format!("{case}:{NAME}"))["result"], "passed", "{case}");
    }
    let came = sound.seen();
    let tokens: Vec<_> = came.iter().filter(|request| field(request, NAME).is_some()).collect();
    let tokens: Vec<_> = tokens.iter().map(|got| (got.method.as_str(), field(got, "hub.verify_token"))).collect();
    let own = |text: &str| Some(text.to_string());
    let wanted =
        [("GET", own(TOKEN)), ("GET", own("hookproof-wrong")), ("GET", None), ("GET", own("")), ("POST", None)];
    assert_eq!(tokens, wanted);
    let greeting = came.iter().find(|got| got.method == "GET" && field(got, NAME).is_some()).expect("a handshake");
    assert!(greeting.body.is_empty() && greeting.all("content-type").is_empty(), "{greeting:?}");
}

#[test]
fn without_its_flag_the_token_is_not_sent() {
    let sound = receiver(|token| token == Some(TOKEN));
    let report = judged(run(&sound, "--only handshake*"));
    finds(&report, &[]);
    let skipped = report.case(&format!("handshake:{NAME}"));
    assert_eq!(skipped["result"], "skipped");
    assert!(text(skipped, "reason").contains("--verify-token-env NAME"), "{skipped}");
    assert_eq!(report.case(&format!("handshake-wrong-token:{NAME}"))["result"], "passed");
    assert!(sound.seen().iter().all(|got| field(got, "hub.verify_token").as_deref() != Some(TOKEN)));
}

#[test]
fn a_receiver_that_does_not_compare_the_token_is_found() {
    let both = ["should accepted handshake-wrong-token", "should accepted handshake-no-token"];
    finds(&checked(&receiver(|_| true)), &both);
    // As `req.query[...] === process.env.TOKEN` where that is not set, and `?? ""`.
    let wrong = "must wrong-answer handshake";
    finds(&checked(&receiver(|token| token.is_none())), &[both[1], wrong]);
    finds(&checked(&receiver(|token| token == Some(""))), &[both[1], wrong]);
    finds(&checked(&receiver(|token| token.is_some_and(|token| !token.is_empty()))), &[both[0]]);
    finds(&checked(&receiver(|token| token == Some("another"))), &[wrong]);
}

#[test]
fn a_forged_delivery_at_the_address_of_a_handshake_is_found() {
    let skipping = |handles: bool| {
        bare(
            Manners::default(),
            Box::new(move |request| match &*request.method {
                "GET" => greeted(request, |token| token == Some(TOKEN)),
                _ if field(request, "hub.mode").is_none() => delivered(request),
                _ if handles => says(200, "handled"),
                _ => greeted(request, |_| true),
            }),
        )
    };
    finds(&checked(&skipping(true)), &["must accepted handshake-marks"]);
    // The challenge alone is what anybody may ask for.
    finds(&checked(&skipping(false)), &[]);
}

#[test]
fn the_token_is_in_no_report() {
    for token in [TOKEN, "k3q"] {
        let echoing = bare(
            Manners::default(),
            Box::new(move |request| match &*request.method {
                // A secret of a few letters is taken out of what we write, and is any word of others.
                "GET" if token == TOKEN => {
                    says(403, &format!("{:?} of {}", field(request, "hub.verify_token"), request.target))
                }
                "GET" => says(403, "no"),
                _ => delivered(request),
            }),
        );
        let folder = tempfile::TempDir::new().expect("a scratch folder");
        let (html, markdown) = (folder.path().join("r.html"), folder.path().join("r.md"));
        let run = check(&echoing.url, "meta", "--only handshake* --verify-token-env VERIFY").env("VERIFY", token);
        let run = run.arg("--report").arg(format!("html={}", html.display()));
        let run = run.arg("--report").arg(format!("markdown={}", markdown.display()));
        let finished = discreet(run.exits(1));
        let read = |path| std::fs::read_to_string(path).expect("a report");
        let all = [finished.stdout(), finished.stderr(), read(&html), read(&markdown)];
        let written: String = form_urlencoded::byte_serialize(token.as_bytes()).collect();
        let sought = [token.to_string(), written.clone(), format!("hub.verify_token={written}")];
        let sought = if token == TOKEN { &sought[..] } else { &sought[2..] };
        for (text, sought) in all.iter().flat_map(|text| sought.iter().map(move |sought| (text, sought))) {
            assert!(!text.contains(sought.as_str()), "{sought:?} stands in:\n{text}");
        }
        assert!(all[2].contains("[secret]"), "{}", all[2]);
    }
}

#[test]
fn a_token_that_cannot_be_sent_is_an_error() {
    let sound = receiver(|token| token == Some(TOKEN));
    let check = |provider: &str, name: &str| {
        check(&sound.url, provider, "").args(["--verify-token-env", name]).env("EMPTY", "")
    };
    check("slack", "VERIFY").env("VERIFY", TOKEN).exits(2).says("no handshake of Slack brings a token");
    check("meta", "GONE").exits(2).says("the variable GONE is not set");
    check("meta", "EMPTY").exits(2).says("the secret is empty");
    let finished = check("meta", "no name").exits(2).says("--verify-token-env takes the name of a variable");
    assert!(!finished.stderr().contains("no name"));
    let of_file = run(&sound, "--only handshake --verify-token-env OF_FILE --env-file tokens.env");
    let report = judged(of_file.file("tokens.env", format!("OF_FILE='{TOKEN}'\n")));
    assert_eq!(report.case(&format!("handshake:{NAME}"))["result"], "passed");
}

/// A description with a handshake of its own.
fn own(token: &str) -> Run {
    let handshake = "[[handshake]]\nname = \"hello\"\nwhen = { query = \"mode\", is = \"hello\" }\nmethod = \"GET\"\n\
                     answer = { echo = \"{query:nonce}\" }\n";
    hookproof("check --catalog own --provider acme --secret-env KEY --json")
        .env("KEY", SECRET)
        .file("own/acme/provider.toml", format!("{DESCRIPTION}\n{handshake}{token}\n"))
        .file("own/acme/anvil.dropped.json", SAMPLE)
}

#[test]
fn a_provider_of_the_users_own_has_a_token_too() {
    let receiver = bare(
        Manners::default(),
        Box::new(|request| {
            let is_own =
                field(request, "tenant").as_deref() == Some("1") && field(request, "mode").as_deref() == Some("hello");
            let is_trusted = field(request, "vt").as_deref() == Some("letmein-2468");
            match &*request.method {
                "GET" if is_own && is_trusted => {
                    says(200, &serde_json::json!({ "echo": field(request, "nonce") }).to_string())
                }
                "POST" => says(200, ""),
                _ => says(403, ""),
            }
        }),
    );
    let run = own("token = { query = \"vt\" }").arg(format!("{}?tenant=1", receiver.url));
    let report = judged_line(run.args(["--only", "handshake", "--verify-token-env", "VT"]).env("VT", "letmein-2468"));
    assert_eq!(report, ["passed", "passed", "passed"]);
    for (token, what) in [
        ("token = { query = \"\" }", "stands in a field without a name"),
        ("token = { query = \"mode\" }", "stands where the handshake is told by"),
        ("token = { query = \"nonce\" }", "is given back by the answer"),
        ("token = { header = \"X-Token\" }", "unknown field `header`"),
    ] {
        own(token).arg(&receiver.url).exits(3).says("own/acme/provider.toml:").says(what);
    }
}

/// What became of the handshakes.
fn judged_line(run: Run) -> Vec<String> {
    let lines = run.exits(0).lines();
    let handshakes = lines.iter().filter(|line| line["family"] == "handshake");
    handshakes.map(|line| text(line, "result").to_string()).collect()
}
