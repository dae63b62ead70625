//! Whole processes against each other, in turn: `cargo bench --bench process`.
//!
//! Prints medians and their ratio. Machines are noisy, so the ratio is what counts.
#![allow(missing_docs, clippy::print_stdout, reason = "a benchmark prints")]

use std::io::Write as _;
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const BINARY: &str = env!("CARGO_BIN_EXE_hookproof");
const SECRET: &str = "bench-secret";

fn main() {
    let folder = tempfile::TempDir::new().expect("a folder");
    for (name, bytes, runs) in [("2.5 KB", 2_500, 101), ("1 GiB", 1 << 30, 5)] {
        let path = folder.path().join("body");
        write_body(&path, bytes);
        let signature = openssl_signature(&path);
        let ours = || {
            let mut command = Command::new(BINARY);
            command.args(["verify", "--provider", "superfolio", "--secret-env", "S", "--signature", &signature]);
            command.arg(&path).env("S", SECRET);
            command
        };
        let theirs = || {
            let mut command = Command::new("openssl");
            command.args(["dgst", "-sha256", "-hmac", SECRET]).arg(&path);
            command
        };
        let (a, b) = in_turn(ours, theirs, runs);
        let ratio = a.as_secs_f64() / b.as_secs_f64();
        println!(
            "verify of {name}: hookproof {a:.1?}, openssl dgst -hmac {b:.1?}, ratio {ratio:.2} (median of {runs})"
        );
    }
    for (name, bytes, runs) in [("2.5 KB", 2_500, 31), ("64 KB", 64_000, 11), ("1 MB", 1_000_000, 11)] {
        let path = folder.path().join("body.json");
        std::fs::write(&path, json_of(bytes)).expect("a file");
        for case in &CASES {
            let times: Vec<Duration> = (0..runs).map(|_| case.time_of_explaining(&path)).collect();
            let (median, provider) = (median(times), case.provider);
            println!(
                "explaining a wrong secret of {provider} over {name} of JSON takes {median:.1?} (median of {runs})"
            );
        }
    }
    let runs: Vec<Duration> = (0..31).map(|_| until_listening()).collect();
    println!("listen accepts after {:.1?} (median of {})", median(runs.clone()), runs.len());
}

/// JSON of about so many bytes that shows every alteration: numbers, slashes, non-ASCII, nesting.
fn json_of(bytes: usize) -> String {
    let item = r#"{"id":"item_1","n":1.0,"url":"https://example.com/a","name":"Zoë <b>","tags":["x",{"y":1E2}]}"#;
    format!("[{}]", vec![item; bytes / item.len()].join(","))
}

/// A signature that nothing explains: how it is given to `verify`.
struct Case {
    provider: &'static str,
    secret: &'static str,
    given: fn(&str) -> Vec<String>,
}

/// The body alone is signed, a timestamp besides, the address besides, and one with a key pair.
const CASES: [Case; 4] = [
    Case { provider: "superfolio", secret: SECRET, given: |digits| vec![format!("--signature={digits}")] },
    Case { provider: "stripe", secret: SECRET, given: |digits| vec![format!("--signature=t=1764000000,v1={digits}")] },
    Case {
        provider: "hubspot",
        secret: SECRET,
        given: |digits| {
            let base64 = format!("{}E=", &digits[..42]);
            let stamp = "--header=X-HubSpot-Request-Timestamp: 1764000000000".to_string();
            vec![format!("--signature={base64}"), stamp, "--url=https://hooks.example/hook".to_string()]
        },
    },
    Case {
        provider: "discord",
        secret: "66c7ad1c8ce71e4e40f9d8ca0954e1c845d2f418e5950bf3d2328a9f22404e36",
        given: |digits| {
            let stamp = "--header=X-Signature-Timestamp: 1764000000".to_string();
            vec![format!("--signature={}", digits.repeat(2)), stamp]
        },
    },
];

impl Case {
    fn time_of_explaining(&self, path: &Path) -> Duration {
        let given = (self.given)(&"ab".repeat(32));
        let begun = Instant::now();
        let status = Command::new(BINARY)
            .args(["verify", "--provider", self.provider, "--secret-env", "S"])
            .args(given)
            .arg(path)
            .env("S", self.secret)
            .stdout(Stdio::null())
            .status()
            .expect("it starts");
        assert_eq!(status.code(), Some(1), "a wrong signature is refused");
        begun.elapsed()
    }
}

fn write_body(path: &Path, bytes: usize) {
    let mut file = std::fs::File::create(path).expect("a file");
    let block = vec![b'x'; bytes.min(1 << 20)];
    let mut left = bytes;
    while left > 0 {
        let part = left.min(block.len());
        file.write_all(&block[..part]).expect("room on the disk");
        left -= part;
    }
}

fn openssl_signature(path: &Path) -> String {
    let mut command = Command::new("openssl");
    let output = command.args(["dgst", "-sha256", "-hmac", SECRET, "-r"]).arg(path).output().expect("openssl");
    String::from_utf8_lossy(&output.stdout).split_whitespace().next().expect("a digest").to_string()
}

fn in_turn(a: impl Fn() -> Command, b: impl Fn() -> Command, runs: usize) -> (Duration, Duration) {
    let (mut first, mut second) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        first.push(time(a()));
        second.push(time(b()));
    }
    (median(first), median(second))
}

fn time(mut command: Command) -> Duration {
    let begun = Instant::now();
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().expect("it starts");
    assert!(status.success(), "{command:?}");
    begun.elapsed()
}

fn until_listening() -> Duration {
    let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port").port();
    let begun = Instant::now();
    let mut child = Command::new(BINARY)
        .args(["listen", "--quiet", "--port", &port.to_string()])
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        std::thread::sleep(Duration::from_micros(200));
    }
    let elapsed = begun.elapsed();
    child.kill().expect("it ends");
    child.wait().expect("it ends");
    elapsed
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
