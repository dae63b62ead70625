//! `--format`: the whole signed delivery, as HTTP, as a command, as a line of JSON.

use std::process::Output;

use super::{body, refused};
use crate::support::programs::tool;
use crate::support::{Run, Stub, accepting, hookproof, openssl_hmac};

const SECRET: &str = "s3cr3t it's $HOME";
const VARIABLES: [&str; 4] = [
    "SUPERFOLIO_WEBHOOK_SECRET",
    "SUPERLEAP_WEBHOOK_SECRET",
    "SWAPCARD_WEBHOOK_SECRET",
    "FINGERPRINTING_API_WEBHOOK_SECRET",
];

/// `render` with every provider's secret in the environment.
fn with_secrets(args: &[&str]) -> Run {
    let run = Run::new().arg("render").args(args);
    VARIABLES.iter().fold(run, |run, name| run.env(name, SECRET))
}

/// Runs a command in a POSIX shell that knows nothing but the path, and these variables.
fn shell(script: &str, variables: &[(&str, &str)]) -> Output {
    tool("sh").args(["-c", script]).envs(variables.iter().copied()).output().expect("sh")
}

/// A curl line of this event reaches a stub with the exact body and a signature that openssl agrees with.
fn check_curl(args: &[&str], header: &str, prefix: &str) {
    let stub = accepting();
    let args = [args, &["--seed", "7", "--at", "0"]].concat();
    let run = with_secrets(&[&args[..], &["--format", "curl", "--to", &stub.url]].concat()).exits(0);
    assert!(!run.stdout().contains("s3cr3t"), "the secret is in it:\n{}", run.stdout());
    let output = shell(&run.stdout(), &[]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.stdout, b"thanks", "nothing but the answer is printed");
    let received = stub.next();
    let printed = with_secrets(&args).exits(0).output.stdout;
    assert_eq!(received.body, printed, "{args:?}");
    assert_eq!(received.all(header), [format!("{prefix}{}", openssl_hmac(SECRET, &printed))], "{args:?}");
    assert_eq!(received.all("content-type"), ["application/json"]);
    assert_eq!((received.method.as_str(), received.target.as_str()), ("POST", "/hook"));
    assert!(received.all("expect").is_empty());
}

#[test]
fn a_curl_line_runs_in_a_shell_and_is_accepted() {
    check_curl(&["form.submitted"], "x-superfolio-signature", "");
    check_curl(&["superleap/lead.update"], "x-superleap-signature", "sha256=");
    check_curl(&["profile_update", "--pretty"], "x-signature-256", "sha256=");
    check_curl(&["NEW_VISIT", "--signature-mode", "hmac"], "x-webhook-signature", "");
    let odd = "data.message=it's `date` $HOME \"q\" \\n %s ! 🎉\r\n\t@file";
    check_curl(&["integration.test", "--set-string", odd], "x-superfolio-signature", "");
}

#[test]
fn a_long_body_goes_through_a_pipe() {
    let stub = accepting();
    let long = format!("{{\"a\":\"{}\"}}", "it's 100% ".repeat(30_000));
    let run =
        with_secrets(&["komo/SiteViewed", "--data", "-", "--format", "curl", "--to", &stub.url]).stdin(long.as_str());
    let script = run.exits(0).stdout();
    // As a file: one argument of `sh -c` may not be that long either.
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("send.sh");
    std::fs::write(&file, &script).expect("the file");
    let output = shell(&format!("sh '{}'", file.display()), &[]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(stub.next().body, long.as_bytes());
}

#[test]
fn a_curl_line_takes_a_token_from_the_variable() {
    let stub = accepting();
    let run = with_secrets(&["NEW_VISIT", "--format", "curl", "--to", &stub.url]).exits(0);
    assert!(!run.stdout().contains("s3cr3t") && !run.stderr().contains("s3cr3t"), "{}", run.stdout());
    let without = shell(&run.stdout(), &[]);
    assert!(!without.status.success(), "without the variable nothing is sent");
    assert!(String::from_utf8_lossy(&without.stderr).contains("FINGERPRINTING_API_WEBHOOK_SECRET"));
    assert!(stub.is_idle());
    let with = shell(&run.stdout(), &[("FINGERPRINTING_API_WEBHOOK_SECRET", SECRET)]);
    assert!(with.status.success(), "{}", String::from_utf8_lossy(&with.stderr));
    assert_eq!(stub.next().all("x-webhook-signature"), [SECRET]);
}

#[test]
fn a_token_is_printed_only_where_it_is_asked_for() {
    for format in ["http", "json"] {
        let run = with_secrets(&["NEW_VISIT", "--format", format]).exits(2).says("the secret itself").says("--reveal");
        assert!(!format!("{}{}", run.stdout(), run.stderr()).contains("s3cr3t"));
        with_secrets(&["NEW_VISIT", "--format", format, "--reveal"]).exits(0).prints("s3cr3t");
        let hmac = with_secrets(&["NEW_VISIT", "--format", format, "--signature-mode", "hmac"]).exits(0);
        assert!(!hmac.stdout().contains("s3cr3t"), "an HMAC is no secret");
    }
    with_secrets(&["NEW_VISIT"]).exits(0).prints("\"visitor\"");
}

/// What `render` prints in a format, `verify` takes.
fn check_verified(args: &[&str], format: &str, flags: &[&str]) {
    let printed = with_secrets(&[args, &["--format", format]].concat()).exits(0).output.stdout;
    let verify = |input: &[u8]| {
        let run = Run::new().arg("verify").args(flags).stdin(input);
        VARIABLES.iter().fold(run, |run, name| run.env(name, SECRET))
    };
    verify(&printed).exits(0).prints("valid");
    let spoilt = String::from_utf8(printed).expect("text").replacen("2026", "2027", 1);
    if flags.is_empty() && !args.contains(&"--reveal") {
        verify(spoilt.as_bytes()).exits(1).prints("invalid");
    }
}

#[test]
fn what_is_printed_verifies() {
    for format in ["http", "json"] {
        for event in ["form.submitted", "superleap/student.create", "profile_update", "activity.page_view"] {
            let args = [event, "--at", "2026-06-01T17:45:12Z", "--set-string"];
            let set = match event {
                "superleap/student.create" => "after.status=2026 é 🎉",
                "profile_update" => "context.schema=2026",
                "form.submitted" => "data.form.title=2026 \r\n",
                _ => "scope=2026",
            };
            check_verified(&[&args[..], &[set]].concat(), format, &[]);
        }
        check_verified(&["NEW_VISIT", "--reveal"], format, &[]);
        check_verified(&["NEW_VISIT", "--signature-mode", "hmac"], format, &["--signature-mode", "hmac"]);
        check_verified(&["integration.test", "--pretty", "--at", "2026-06-01T17:45:12Z"], format, &[]);
    }
}

#[test]
fn an_http_message_has_a_true_length_and_the_address() {
    let args = ["integration.test", "--seed", "7", "--at", "0", "--set", "data.message=é🎉"];
    let to = ["--format", "http", "--to", "localhost:3000/hook?a=b"];
    let text = with_secrets(&[&args[..], &to].concat()).exits(0).stdout();
    let (head, sent) = text.split_once("\r\n\r\n").expect("a head");
    assert!(head.starts_with("POST /hook?a=b HTTP/1.1\r\nHost: localhost:3000\r\n"), "{head}");
    assert!(head.contains(&format!("\r\nContent-Length: {}", sent.len())), "{head}");
    assert!(head.contains(&format!("X-Superfolio-Signature: {}", openssl_hmac(SECRET, sent.as_bytes()))), "{head}");
    assert_eq!(serde_json::from_str::<serde_json::Value>(sent).expect("JSON"), body(&args));
}

#[test]
fn a_line_of_json_holds_the_exact_body() {
    let args = ["form.submitted", "--seed", "7", "--at", "0", "--pretty"];
    let lines = with_secrets(&[&args[..], &["--format", "json"]].concat()).exits(0).lines();
    let [line] = lines.as_slice() else { panic!("{lines:?}") };
    assert_eq!(line["hookproof"], "delivery/1");
    assert_eq!(line["provider"], "superfolio");
    assert_eq!(line["event"], "form.submitted");
    assert_eq!(line["body"].as_str(), Some(with_secrets(&args).exits(0).stdout().as_str()));
    assert_eq!(with_secrets(&["form.submitted", "--json"]).exits(0).lines().len(), 1, "--json is the same format");
}

#[test]
fn whole_deliveries_of_a_signing_provider_need_a_secret() {
    for format in ["http", "curl", "json"] {
        refused(
            &["form.submitted", "--format", format],
            &["no secret is given", "SUPERFOLIO_WEBHOOK_SECRET", "--unsigned"],
        );
        let unsigned = hookproof("render form.submitted --unsigned --format").arg(format).exits(0);
        assert!(!unsigned.stdout().to_lowercase().contains("x-superfolio-signature"), "{}", unsigned.stdout());
        hookproof("render komo/SiteViewed --format").arg(format).exits(0).prints("SiteViewed");
        let optional = hookproof("render profile_update --format").arg(format).exits(0);
        assert!(
            !optional.stdout().to_lowercase().contains("x-signature-256"),
            "where the secret is optional, none is asked for"
        );
    }
}

#[test]
fn headers_of_ones_own_stand_beside_and_in_place_of_ours() {
    let stub: Stub = accepting();
    let own = ["-H", "X-Trace: it's", "-H", "Content-Type: text/plain", "-H", "X-Empty:"];
    let to = ["form.submitted", "--format", "curl", "--to", &stub.url];
    let script = with_secrets(&[&to[..], &own].concat()).exits(0).stdout();
    assert!(shell(&script, &[]).status.success());
    let received = stub.next();
    assert_eq!(received.all("x-trace"), ["it's"]);
    assert_eq!(received.all("content-type"), ["text/plain"]);
    assert_eq!(received.all("x-empty"), [""]);
    assert_eq!(received.all("x-superfolio-signature").len(), 1);
}
