//! `doctor`: what it finds of catalog, project, receivers, secrets and the machine.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::time::Duration;

use serde_json::Value;

use crate::own_catalog::{DESCRIPTION, SAMPLE, with_acme};
use crate::support::{Finished, Run, accepting, closed_port, hookproof, on_each, raw_receiver};
use crate::tls::{expired, self_signed, self_signed_overheard};

/// A run that finds a free port for `listen` whatever else runs here.
fn doctor(words: &str) -> Run {
    hookproof(&format!("doctor --port 0 {words}"))
}

/// `fault secret-missing`, `ok` of what was found of a check, for each finding.
fn found(finished: &Finished, check: &str) -> Vec<String> {
    let word = |line: &Value| {
        let code = line["code"].as_str().map(|code| format!(" {code}")).unwrap_or_default();
        format!("{}{code}", line["state"].as_str().expect("a state"))
    };
    let lines = finished.lines();
    assert!(lines.iter().all(|line| line["hookproof"] == "doctor/1"), "{lines:?}");
    let is_well = |line: &Value| line["state"] == "ok" || line["state"] == "note";
    assert!(lines.iter().all(|line| is_well(line) || line["hint"].is_string()), "no next action: {lines:?}");
    lines.iter().filter(|line| line["check"] == check).map(word).collect()
}

/// The sentence and the hint of the only finding of a check.
#[track_caller]
fn told(finished: &Finished, check: &str) -> (String, String) {
    let lines = finished.lines();
    let own: Vec<&Value> = lines.iter().filter(|line| line["check"] == check).collect();
    assert_eq!(own.len(), 1, "{own:?}");
    let text = |key: &str| own[0][key].as_str().unwrap_or_default().to_string();
    (text("found"), text("hint"))
}

#[test]
fn where_nothing_is_set_up_nothing_is_at_fault() {
    let finished =
        doctor("").exits(0).prints("ok      catalog     ").prints("there is no hookproof.toml").prints("2 notes");
    assert_eq!(finished.stderr(), "");
    assert_eq!(doctor("--quiet").exits(0).stdout(), "");
    let finished = doctor("--json").exits(0);
    let checks: Vec<String> = finished.lines().iter().map(|line| line["check"].as_str().unwrap().to_string()).collect();
    assert_eq!(checks, ["catalog", "target", "secret", "clock", "port", "journal"]);
}

#[test]
fn a_receiver_is_reached_and_gets_no_request() {
    let (url, received) = raw_receiver();
    let finished =
        doctor("--provider superfolio --secret-env MINE --json").arg(&url).env("MINE", "hunter2hunter2").exits(0);
    assert_eq!(found(&finished, "target"), ["ok"]);
    assert_eq!(found(&finished, "connection"), ["ok"]);
    let took: Vec<Value> = finished.lines().iter().map(|line| line["elapsed_ms"].clone()).collect();
    let took: Vec<String> = took.iter().filter(|took| took.is_number()).map(ToString::to_string).collect();
    let digits = |took: &String| took.split_once('.').map_or(0, |(_, digits)| digits.len());
    assert!(!took.is_empty() && took.iter().all(|took| digits(took) <= 3), "{took:?}");
    assert_eq!(received.recv_timeout(Duration::from_secs(20)).expect("a connection"), b"", "and nothing came over it");
}

#[test]
fn a_receiver_that_is_not_there_is_a_fault() {
    let port = closed_port();
    let finished = doctor("--json").arg(format!("http://127.0.0.1:{port}/hook")).exits(1);
    let (what, hint) = told(&finished, "connection");
    assert!(what.starts_with(&format!("nobody takes connections: 127.0.0.1:{port}: ")), "{what}");
    assert!(hint.starts_with("start the receiver, or correct the port"), "{hint}");
    let finished = doctor("--json http://nothing.invalid:81/").exits(1);
    assert_eq!(found(&finished, "name"), ["fault name-unknown"]);
    assert_eq!(found(&finished, "connection"), Vec::<String>::new());
    doctor("nothing/hook").exits(2).says("nothing");
}

#[test]
fn a_certificate_is_looked_at_and_no_request_goes_over_tls() {
    let (url, pem, heard) = self_signed_overheard();
    let check = |words: &str, code: i32, expected: &str| {
        let finished = doctor(&format!("--json {words}")).arg(&url).file("ca.pem", &pem).exits(code);
        assert_eq!(found(&finished, "tls"), [expected], "{words}");
    };
    check("", 1, "fault certificate-untrusted");
    check("--cacert ca.pem", 0, "ok");
    check("--insecure", 0, "note certificate-unchecked");
    // Each run connects twice: once to see who is there, once for the handshake.
    for _ in 0..6 {
        assert_eq!(heard.recv_timeout(Duration::from_secs(20)).expect("a connection"), "", "no request came");
    }
    let finished = doctor("--cacert ca.pem").arg(&url).exits(3);
    assert!(finished.stderr().contains("ca.pem") && finished.stdout().is_empty(), "{}", finished.stderr());
    doctor("--cacert ca.pem").arg(&url).file("ca.pem", "no certificate").exits(2).says("--cacert");
    // Another that calls itself the same is trusted.
    let finished = doctor("--json --cacert ca.pem").arg(&url).file("ca.pem", self_signed().1).exits(1);
    assert_eq!(found(&finished, "tls"), ["fault certificate-untrusted"]);
    assert!(told(&finished, "tls").1.contains("of the same name"), "{}", finished.stdout());
    let (url, pem) = expired();
    let finished = doctor("--json --cacert ca.pem").arg(&url).file("ca.pem", &pem).exits(1);
    assert_eq!(found(&finished, "tls"), ["fault certificate-expired"]);
    let plain = on_each(|mut stream| {
        let _ = stream.read(&mut [0; 4096]);
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    });
    let finished = doctor("--json").arg(plain.replace("http:", "https:")).exits(1);
    assert_eq!(found(&finished, "tls"), ["fault no-tls"]);
}

#[test]
fn a_receiver_behind_a_proxy_is_looked_at_through_it() {
    let (proxy, received) = raw_receiver();
    let finished = doctor(&format!("--json http://receiver.example/hook --proxy {proxy}")).exits(0);
    assert_eq!(found(&finished, "connection"), ["note proxy-between"]);
    assert_eq!(received.recv_timeout(Duration::from_secs(20)).expect("a connection"), b"");
    let gone = format!("http://127.0.0.1:{}", closed_port());
    let finished = doctor(&format!("--json http://receiver.example/hook --proxy {gone}")).exits(1);
    assert_eq!(found(&finished, "connection"), ["fault no-connection"]);
    assert!(told(&finished, "connection").1.contains("--proxy"));
    let finished = doctor("--json http://receiver.example/hook").env("HTTP_PROXY", "socks5://127.0.0.1:9").exits(1);
    assert_eq!(found(&finished, "connection"), ["fault proxy-unusable"]);
    doctor("http://receiver.example/hook --proxy socks5://127.0.0.1:9").exits(2).says("--proxy");
}

#[test]
fn a_secret_is_told_by_its_shape_alone() {
    let check = |provider: &str, value: &str, code: i32, expected: &str| {
        let run = doctor(&format!("--json --provider {provider} --secret-env MINE"));
        let finished = run.env("MINE", value).exits(code);
        assert_eq!(found(&finished, "secret"), [expected], "{provider} {value:?}");
        assert!(value.is_empty() || !(finished.stdout() + &finished.stderr()).contains(value.trim()), "{value:?}");
    };
    check("superfolio", "hunter2hunter2", 0, "ok");
    check("superfolio", "hunter2hunter2\n", 1, "fault secret-malformed");
    check("superfolio", "", 1, "fault secret-unusable");
    check("standard-webhooks", "whsec_no!base64!here", 1, "fault secret-unfit");
    check("stripe", "sk_live_hunter2hunter2", 1, "fault secret-api-key");
    check("stripe", "hunter2hunter2", 0, "note secret-beginning");
}

#[test]
fn a_secret_is_looked_for_where_the_other_commands_find_it() {
    let check = |run: Run, code: i32, expected: &[&str]| assert_eq!(found(&run.exits(code), "secret"), expected);
    check(doctor("--json --provider superfolio"), 1, &["fault secret-missing"]);
    check(doctor("--json --provider superfolio").env("SUPERFOLIO_WEBHOOK_SECRET", "hunter2hunter2"), 0, &["ok"]);
    check(doctor("--json --provider superfolio").env("HOOKPROOF_SECRET", "hunter2hunter2"), 0, &["ok"]);
    check(doctor("--json --provider superfolio").env("SUPERFOLIO_WEBHOOK_SECRET", ""), 1, &["fault secret-unusable"]);
    check(
        doctor("--json").env("SUPERFOLIO_WEBHOOK_SECRET", "").env("HOOKPROOF_SECRET", "hunter2hunter2"),
        0,
        &["ok", "note secret-unusable"],
    );
    check(doctor("--json --provider superfolio --secret-env UNSET"), 1, &["fault secret-unusable"]);
    let file = |words: &str, bytes: &[u8]| doctor(&format!("--json --provider superfolio {words}")).file("key", bytes);
    check(file("--secret-file key", b"hunter2hunter2"), 0, &["ok"]);
    check(file("--secret-file key", b"hunter2hunter2\n"), 0, &["note secret-cut"]);
    check(file("--secret-file gone", b""), 1, &["fault secret-unusable"]);
    check(file("--env-file key --secret-env MINE", b"MINE=hunter2hunter2\n"), 0, &["ok"]);
    // A folder in its place can't be read, and who knows what it is for.
    check(file("--secret-file .", b""), 3, &["unseen secret-unusable"]);
    doctor("--secret-env hunter2-hunter2").exits(2).says("the name of a variable");
    let finished = doctor("--provider stripe --signature-mode v9").exits(2).says("no signature mode `v9`");
    assert_eq!(finished.stdout(), "", "nothing was looked at");
    check(doctor("--json --signature-mode v9").env("STRIPE_WEBHOOK_SECRET", "whsec_hunter2hunter2"), 0, &["ok"]);
    doctor("--provider acme").exits(2).says("no provider is called `acme`");
}

#[test]
fn targets_on_this_machine_are_looked_at_and_others_when_they_are_named() {
    let stub = accepting();
    let config = format!(
        "[targets.local]\nurl = \"{}\"\nprovider = \"superfolio\"\nsecret_env = \"MINE\"\n\
         [targets.gone]\nurl = \"http://127.0.0.1:{}/\"\n[targets.far]\nurl = \"http://nothing.invalid/\"\n",
        stub.url,
        closed_port()
    );
    let run = |words: &str| doctor(words).file("hookproof.toml", &config).env("MINE", "hunter2hunter2");
    let finished = run("--json").exits(1);
    assert_eq!(found(&finished, "project"), ["ok"]);
    assert_eq!(found(&finished, "target"), ["note target-remote", "ok", "ok"]);
    assert_eq!(found(&finished, "connection"), ["ok", "fault no-connection"]);
    assert_eq!(found(&finished, "name"), Vec::<String>::new(), "nobody asked for a remote name");
    let finished = run("--json local").exits(0);
    assert_eq!(found(&finished, "secret"), ["ok"]);
    assert!(finished.lines().iter().any(|line| line["target"] == "local" && line["check"] == "connection"));
    assert_eq!(found(&run("--json far").exits(1), "name"), ["fault name-unknown"]);
    run("loca").exits(2).says("did you mean the target `local`?");
    assert!(stub.is_idle(), "no request was sent");
}

#[test]
fn a_default_on_another_machine_is_left_out_and_the_variable_names_it() {
    let stub = accepting();
    let config = format!(
        "target = \"far\"\n[targets.local]\nurl = \"{}\"\n[targets.far]\nurl = \"http://nothing.invalid/\"\n",
        stub.url
    );
    let run = |words: &str| doctor(words).file("hookproof.toml", &config);
    let finished = run("--json").exits(0);
    assert_eq!(found(&finished, "target"), ["note target-remote", "ok"]);
    assert!(told(&finished, "project").0.ends_with("; the default is `far`"));
    assert_eq!(found(&finished, "name"), Vec::<String>::new());
    let finished = run("--json --config hookproof.toml").env("HOOKPROOF_TARGET", "far").exits(1);
    assert!(told(&finished, "target").0.contains("HOOKPROOF_TARGET"), "{}", finished.stdout());
    assert_eq!(found(&finished, "name"), ["fault name-unknown"]);
    let by_variable = |word: &str, code: i32| found(&run("--json").env("HOOKPROOF_TARGET", word).exits(code), "target");
    assert_eq!(by_variable("fra", 1), ["fault target-unknown"]);
    assert_eq!(by_variable("self", 0), ["ok"]);
    let finished = run("--json local").env("HOOKPROOF_TARGET", "far").exits(0);
    assert_eq!(found(&finished, "connection"), ["ok"], "the command line goes first");
    assert!(stub.is_idle(), "no request was sent");
}

#[test]
fn what_variables_and_the_project_set_is_looked_at() {
    let config = "stories = \"tales\"\ncatalogs = [\"own\"]\n";
    let finished = doctor("--json").file("hookproof.toml", config).exits(1);
    assert_eq!(found(&finished, "stories"), ["fault stories-missing"]);
    assert_eq!(found(&finished, "catalog"), ["ok", "fault catalog-broken"]);
    assert!(told(&finished, "stories").0.starts_with("hookproof.toml:1:11: there is no folder tales"));
    let finished = with_acme("doctor --port 0 --json").file("hookproof.toml", config).file("tales/one", "").exits(0);
    assert_eq!(found(&finished, "catalog"), ["ok", "ok"]);
    assert_eq!(found(&finished, "stories"), ["note stories-none"]);
    let with = |name: &str, value: &str| doctor("--json").env(name, value).exits(1);
    assert_eq!(found(&with("HOOKPROOF_TIMEOUT", "soon"), "settings"), ["fault setting-unusable"]);
    assert_eq!(told(&with("HOOKPROOF_STORIES", "gone"), "stories").1, "correct HOOKPROOF_STORIES, or unset it");
    assert_eq!(told(&with("HOOKPROOF_CONFIG", "gone.toml"), "project").1, "correct HOOKPROOF_CONFIG, or unset it");
    assert_eq!(found(&with("HOOKPROOF_CATALOG", "gone"), "catalog"), ["ok", "fault catalog-broken"]);
    // The system takes the connection, and nobody speaks.
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let url = format!("https://{}/", silent.local_addr().expect("an address"));
    let finished = doctor("--json").arg(url).env("HOOKPROOF_TIMEOUT", "1s").exits(1);
    assert_eq!(found(&finished, "tls"), ["fault no-handshake"]);
    assert!(told(&finished, "tls").0.contains("within 1"), "{}", finished.stdout());
}

#[test]
fn stories_of_ones_own_are_checked_each() {
    let sound = "summary = \"An anvil falls\"\n[[step]]\nevent = \"acme/anvil.dropped\"\n";
    let broken = sound.replace("dropped", "droped");
    let run = |words: &str| {
        let run = with_acme(&format!("doctor --port 0 --json {words}")).file("tales/falls.toml", sound);
        run.env("HOOKPROOF_STORIES", "tales")
    };
    let finished = run("--catalog own").exits(0);
    assert!(told(&finished, "stories").0.ends_with("tales has `@falls`"), "{}", finished.stdout());
    let finished = run("--catalog own").file("tales/odd.toml", &broken).exits(1);
    assert_eq!(found(&finished, "stories"), ["ok", "fault story-broken"]);
    let unmade = format!("{sound}set.nowhere = 1\n");
    let finished = run("--catalog own").file("tales/odd.toml", &unmade).exits(1);
    assert_eq!(found(&finished, "stories"), ["ok", "fault story-broken"], "one that can't be made is not ok");
    assert!(finished.stdout().contains("odd.toml:4:5: `nowhere`"), "{}", finished.stdout());
    let unsigned = "[[step]]\nevent = \"komo/SiteViewed\"\nfault = \"tampered\"\n";
    let finished = run("--catalog own").file("tales/odd.toml", unsigned).exits(1);
    assert!(finished.stdout().contains("odd.toml:3:9: komo/SiteViewed has no case tampered"), "{}", finished.stdout());
    let finished = run("--catalog own").file("own/acme/stories/odd.toml", &unmade).exits(1);
    assert_eq!(found(&finished, "stories"), ["fault story-broken", "ok"]);
    let finished = run("--catalog own").file("own/acme/stories/odd.toml", &broken).exits(1);
    assert_eq!(found(&finished, "stories"), ["fault story-broken", "ok"]);
    assert!(finished.stdout().contains("odd.toml:3:"), "{}", finished.stdout());
    let finished = run("--catalog own").file("own/acme/provider.toml", "odd").exits(1);
    assert_eq!(found(&finished, "stories"), ["note stories-none", "unseen story-broken"], "who knows");
}

#[test]
fn a_secret_from_a_pipe_serves_every_target() {
    let stub = accepting();
    let target = |name: &str| format!("[targets.{name}]\nurl = \"{}\"\nprovider = \"{name}\"\n", stub.url);
    let run = doctor("--json --secret-file -").stdin("hunter2hunter2");
    let finished = run.file("hookproof.toml", target("superfolio") + &target("github")).exits(0);
    assert_eq!(found(&finished, "secret"), ["ok", "ok"], "it can be read only once");
}

#[test]
fn the_secret_of_a_target_is_looked_at_whatever_its_provider() {
    let config = "[targets.local]\nurl = \"http://127.0.0.1:9/\"\nprovider = \"superfolo\"\nsecret_env = \"MINE\"\n";
    let finished = doctor("--json").file("hookproof.toml", config).exits(1);
    assert_eq!(found(&finished, "secret"), ["fault secret-unusable"]);
    let finished = doctor("--json").file("hookproof.toml", config).env("MINE", "hunter2hunter2").exits(1);
    assert_eq!(found(&finished, "secret"), ["ok"]);
}

#[test]
fn a_broken_project_is_a_fault_with_its_place_and_the_rest_is_looked_at() {
    let broken = |words: &str| doctor(words).file("hookproof.toml", "[targets.local]\nurl = 5\n");
    let finished = broken("--json").exits(1);
    assert!(told(&finished, "project").0.starts_with("hookproof.toml:2:7: "));
    assert_eq!(found(&finished, "clock"), ["ok"]);
    assert_eq!(found(&broken("--json local").exits(1), "target"), ["unseen target-unknown"]);
    let unknown = "[targets.local]\nurl = \"http://127.0.0.1:9/\"\nprovider = \"superfolo\"\n";
    let finished = doctor("--json").file("hookproof.toml", unknown).exits(1);
    assert_eq!(found(&finished, "project"), ["fault provider-unknown"], "and it is not well besides");
    let secret = "headers = { X-Webhook-Signature = \"hunter2\" }\n";
    let finished = doctor("--json").file("hookproof.toml", secret).exits(1);
    assert_eq!(found(&finished, "project"), ["fault header-secret"]);
    assert!(!finished.stdout().contains("hunter2"), "{}", finished.stdout());
    let finished = doctor("--json").file("hookproof.toml", "headers = { X-Tenant = \"a\" }\n").exits(0);
    assert_eq!(found(&finished, "project"), ["ok"]);
}

#[test]
fn catalogs_of_ones_own_are_checked_each() {
    let finished = with_acme("doctor --port 0 --json --catalog own").exits(0);
    assert_eq!(found(&finished, "catalog"), ["ok", "ok"]);
    assert!(finished.stdout().contains("own has acme"));
    let broken = with_acme("doctor --port 0 --json --catalog own --catalog bad --catalog gone --provider acme")
        .file("bad/other/provider.toml", DESCRIPTION.replace("prefix", "prefixx"))
        .file("bad/other/anvil.dropped.json", SAMPLE)
        .env("ACME_SECRET", "hunter2hunter2");
    let finished = broken.exits(1);
    assert_eq!(found(&finished, "catalog"), ["ok", "ok", "fault catalog-broken", "fault catalog-broken"]);
    assert!(finished.stdout().contains("bad/other/provider.toml:"), "{}", finished.stdout());
    assert_eq!(found(&finished, "secret"), ["ok"], "what is sound is used");
}

#[test]
fn a_clock_that_is_before_the_catalog_is_a_fault() {
    let later = DESCRIPTION.replace("checked = \"2026", "checked = \"2926");
    let run = doctor("--json --catalog own").file("own/acme/provider.toml", later);
    let finished = run.file("own/acme/anvil.dropped.json", SAMPLE).exits(1);
    assert_eq!(found(&finished, "clock"), ["fault clock-wrong"]);
    assert!(told(&finished, "clock").1.starts_with("set the clock"));
}

#[test]
fn a_port_that_is_taken_is_a_fault_and_a_free_one_is_told() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let port = taken.local_addr().expect("an address").port();
    let finished = hookproof(&format!("doctor --json --port {port}")).exits(1);
    assert_eq!(found(&finished, "port"), ["fault port-taken"]);
    let (what, hint) = told(&finished, "port");
    assert!(what.contains(&port.to_string()), "{what}");
    let next = hint.strip_prefix("listen --port ").and_then(|rest| rest.split(' ').next()).expect("a port");
    assert_ne!(next.parse::<u16>().expect("a number"), port);
}

#[test]
fn the_journal_is_looked_at_and_left_as_it_is() {
    let run = doctor("--json");
    let state = run.folder().join(".local");
    let finished = run.exits(0);
    assert!(told(&finished, "journal").0.contains(".local/state/hookproof/journal.jsonl is not there yet"));
    assert!(!state.exists());
    let at = |name: &str| doctor("--json").env("HOOKPROOF_JOURNAL", name).file("kept", "12345").file("dir/x", "");
    assert_eq!(found(&at("").exits(0), "journal"), ["note journal-none"]);
    assert_eq!(found(&at("dir").exits(1), "journal"), ["fault journal-unusable"]);
    assert_eq!(found(&at("kept/below").exits(1), "journal"), ["fault journal-unusable"]);
    assert_eq!(found(&at("new/").exits(1), "journal"), ["fault journal-unusable"]);
    let run = at("kept");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let set = |mode| std::fs::set_permissions(run.folder().join("kept"), PermissionsExt::from_mode(mode));
        set(0o644).expect("a mode");
        let path = run.folder().join("kept");
        let open = doctor("--json").env("HOOKPROOF_JOURNAL", &path.display().to_string()).exits(0);
        assert_eq!(found(&open, "journal"), ["note journal-open"]);
        assert_eq!(path.metadata().expect("a file").permissions().mode() & 0o777, 0o644, "it is only looked at");
        set(0o600).expect("a mode");
    }
    assert!(told(&run.exits(0), "journal").0.starts_with("kept has 5 B"));
}

#[test]
fn what_a_certificate_says_is_harmless_on_a_terminal() {
    let (url, _) = self_signed();
    let finished = doctor("").arg(&url).env("GITHUB_ACTIONS", "true").exits(1);
    let is_command = |line: &str| line.trim_start().starts_with("::") || line.contains("##[");
    assert!(!finished.stdout().lines().any(is_command), "{}", finished.stdout());
}
