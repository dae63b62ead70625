//! Every command of the README runs, against a receiver where it needs one.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use crate::check::receivers;
use crate::support::testing::bare;
use crate::support::{BINARY, accepting, openssl_hmac};

const SECRET: &str = "readme-secret";

/// The lines of the README's shell blocks.
fn commands() -> Vec<String> {
    let text = include_str!("../../README.md");
    let blocks = text.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    blocks.flat_map(str::lines).filter(|line| !line.is_empty()).map(str::to_string).collect()
}

/// The story of the README that expects something.
fn smoke() -> &'static str {
    let blocks = include_str!("../../README.md").split("```toml\n").skip(1);
    let mut blocks = blocks.filter_map(|rest| rest.split("```").next());
    blocks.find(|block| block.contains("expect.status = 401")).expect("a story")
}

/// A sound receiver that works once on each delivery: it writes a line of this file, and tells at /status how many.
fn working(file: PathBuf) -> receivers::Handler {
    let sound = receivers::sound("superfolio", SECRET);
    let seen = Mutex::new(BTreeSet::new());
    std::fs::write(&file, "").expect("a file");
    Box::new(move |request| {
        let mut seen = seen.lock().expect("no panic");
        if request.target == "/status" {
            return receivers::says(200, &serde_json::json!({ "processed": seen.len() }).to_string());
        }
        let reply = sound(request);
        if matches!(reply, receivers::Reply::Now(200, ..))
            && let Ok(body) = serde_json::from_slice::<serde_json::Value>(&request.body)
            && body["event_id"].is_string()
            && seen.insert(body["event_id"].to_string())
        {
            std::fs::write(&file, "a line\n".repeat(seen.len())).expect("the file");
        }
        reply
    })
}

#[test]
fn every_command_of_the_readme_runs() {
    let stub = accepting();
    let folder = tempfile::TempDir::new().expect("a folder");
    let sound = receivers::bare(receivers::Manners::default(), working(folder.path().join("orders.log")));
    let port_of = |url: &'_ str| {
        url.rsplit(':').next().and_then(|rest| rest.split('/').next()).map(str::to_string).expect("a port")
    };
    let port = port_of(&stub.url);
    let body = br#"{"event_id":"e","event_type":"form.submitted","data":{}}"#;
    let signature = openssl_hmac(SECRET, body);
    let line = serde_json::json!({
        "hookproof": "delivery/1", "method": "POST", "target": "/",
        "headers": [["X-Superfolio-Signature", signature]], "body": String::from_utf8_lossy(body),
    });
    let entry = serde_json::json!({
        "hookproof": "journal/1", "id": "7k3m9qzx", "received": "2026-06-01T12:00:00.000000Z", "peer": null,
        "provider": "superfolio", "event": "form.submitted", "delivery_id": "e", "verdict": "invalid", "reason": "",
        "repeat_of": null, "answer": {"status": 401}, "method": "POST", "target": "/",
        "headers": [["X-Superfolio-Signature", "00"]], "body": String::from_utf8_lossy(body),
    });
    let files = [
        ("secret.txt", format!("{SECRET}\n").into_bytes()),
        ("body.json", body.to_vec()),
        ("smoke.toml", smoke().as_bytes().to_vec()),
        ("delivery.json", body.to_vec()),
        ("captured.jsonl", line.to_string().into_bytes()),
        (".local/state/hookproof/journal.jsonl", format!("{entry}\n").into_bytes()),
    ];
    let bin = Path::new(BINARY).parent().expect("a folder");
    let path = std::env::join_paths(
        std::iter::once(bin.to_path_buf()).chain(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())),
    );
    let mut run = 0;
    for command in commands() {
        if command.starts_with("cargo test") {
            continue; // That is what runs this.
        }
        // Each finds its files as the README has them, whatever another wrote.
        for (name, bytes) in &files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("the folder");
            std::fs::write(path, bytes).expect("a file");
        }
        // What proves a receiver needs one that is sound.
        let is_proof = [" check ", " run ", "--fault"].iter().any(|word| command.contains(word));
        let port = if is_proof { port_of(&sound.url) } else { port.clone() };
        let mut script = command.replace("cargo run -- ", "hookproof ").replace("3000/", &format!("{port}/"));
        if script.contains(" listen ") && !script.contains("--port") {
            script = script.replace(" listen ", " listen --port 0 ");
            if !script.contains("--for ") {
                script.push_str(" --for 300ms");
            }
        }
        if script.contains("hookproof doctor") {
            script.push_str(" --port 0"); // Somebody else here may have the usual one.
        }
        let script = script.replace("--for 30s", "--for 300ms");
        let output = bare("sh", folder.path())
            .args(["-c", &script])
            .env("PATH", path.as_ref().expect("a path"))
            .env("WEBHOOK_SECRET", SECRET)
            .env("SIGNATURE", &signature)
            .output()
            .expect("a shell");
        assert!(output.status.success(), "{command}\n{}", String::from_utf8_lossy(&output.stderr));
        run += 1;
    }
    assert!(run > 20, "only {run} commands were found");
    assert!(!stub.is_idle(), "some of them reached the receiver");
}
