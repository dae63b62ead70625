//! What the tests share: the binary in a bare environment, a stub receiver, a listener.
//!
//! The stub is `tiny_http`, an HTTP implementation independent of ours.

pub(crate) mod programs;
#[path = "../../src/testing.rs"]
pub(crate) mod testing;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::net::TcpSocket;

use programs::{Process, tool};
use testing::{bare, has_program};

/// The path of the binary under test.
pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_hookproof");

/// A run of the binary. Nothing of the machine's environment reaches it.
pub(crate) struct Run {
    command: Command,
    stdin: Vec<u8>,
    home: TempDir,
}

/// `hookproof` with these words, split at spaces.
pub(crate) fn hookproof(words: &str) -> Run {
    Run::new().args(words.split_whitespace())
}

impl Run {
    pub(crate) fn new() -> Self {
        if !ignores_hangups() {
            return Self::of(BINARY);
        }
        Self::of("env").args(["--default-signal=HUP", BINARY])
    }

    /// As above, by a shell that does this first.
    pub(crate) fn after(script: &str) -> Self {
        Self::of("sh").args(["-c", &format!("{script}; exec \"$0\" \"$@\""), BINARY])
    }

    /// A shell that goes on after an interruption, as one that a person sits at does.
    pub(crate) fn of_shell(script: &str) -> Self {
        Self::of("/bin/sh").args(["-c", &format!("trap : INT; {script}")])
    }

    fn of(program: &str) -> Self {
        let home = TempDir::new().expect("a scratch folder");
        Self { command: bare(program, home.path()), stdin: Vec::new(), home }
    }

    pub(crate) fn args<S: AsRef<std::ffi::OsStr>>(mut self, words: impl IntoIterator<Item = S>) -> Self {
        self.command.args(words);
        self
    }

    pub(crate) fn arg(self, word: impl AsRef<std::ffi::OsStr>) -> Self {
        self.args([word])
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = bytes.into();
        self
    }

    /// Puts a file into the folder that the binary runs in.
    pub(crate) fn file(self, name: &str, bytes: impl AsRef<[u8]>) -> Self {
        let path = self.home.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("the folder");
        std::fs::write(path, bytes).expect("the file");
        self
    }

    /// Runs in a folder below its own.
    pub(crate) fn within(mut self, folder: &str) -> Self {
        self.command.current_dir(self.home.path().join(folder));
        self
    }

    /// Runs in this folder.
    pub(crate) fn at(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// What is run.
    pub(crate) fn command(&self) -> &Command {
        &self.command
    }

    /// The folder that the binary runs in.
    pub(crate) fn folder(&self) -> &Path {
        self.home.path()
    }

    /// Runs to the end, whatever comes.
    pub(crate) fn output(mut self) -> Finished {
        self.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = Process::start(&mut self.command);
        // A command that does not read its input closes the pipe, which is its good right.
        let _ = child.stdin.take().expect("stdin").write_all(&self.stdin);
        Finished { output: child.into_child().wait_with_output().expect("the binary ends"), _home: self.home }
    }

    /// Runs to the end and expects this exit code.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Finished {
        let finished = self.output();
        let actual = finished.output.status.code();
        assert_eq!(actual, Some(code), "stdout:\n{}\nstderr:\n{}", finished.stdout(), finished.stderr());
        finished
    }

    /// Starts it and goes on.
    pub(crate) fn spawn(self) -> Running {
        self.spawn_onto(Stdio::piped())
    }

    /// As above, with this stdout.
    pub(crate) fn spawn_onto(self, stdout: impl Into<Stdio>) -> Running {
        self.spawn_with(stdout, Stdio::piped())
    }

    /// As above, with this stdout and this stderr.
    pub(crate) fn spawn_with(mut self, stdout: impl Into<Stdio>, stderr: impl Into<Stdio>) -> Running {
        self.command.stdin(Stdio::null()).stdout(stdout).stderr(stderr);
        Running { child: Process::start(&mut self.command), home: self.home }
    }
}

/// Whether this process was started with SIGHUP ignored, as by `nohup`. Each program that it starts would inherit that.
fn ignores_hangups() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.split("SigIgn:").nth(1).and_then(|rest| rest.split_whitespace().next());
    ignored.and_then(|mask| u64::from_str_radix(mask, 16).ok()).is_some_and(|mask| mask & 1 == 1)
}

/// A run that has ended.
pub(crate) struct Finished {
    pub(crate) output: Output,
    _home: TempDir,
}

impl Finished {
    pub(crate) fn stdout(&self) -> String {
        String::from_utf8_lossy(&self.output.stdout).into_owned()
    }

    pub(crate) fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.output.stderr).into_owned()
    }

    /// Every line of stdout as JSON, but for the one that says where a listener can be reached.
    #[track_caller]
    pub(crate) fn lines(&self) -> Vec<serde_json::Value> {
        let read = |line: &str| -> serde_json::Value {
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
        };
        self.stdout().lines().map(read).filter(|line| line["hookproof"] != "ready/1").collect()
    }

    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Self {
        assert!(self.stderr().contains(text), "stderr has no {text:?}:\n{}", self.stderr());
        self
    }

    #[track_caller]
    pub(crate) fn prints(self, text: &str) -> Self {
        assert!(self.stdout().contains(text), "stdout has no {text:?}:\n{}", self.stdout());
        self
    }
}

/// A run that goes on.
pub(crate) struct Running {
    pub(crate) child: Process,
    home: TempDir,
}

impl Running {
    /// Sends a signal by its name, as `kill` knows it.
    pub(crate) fn signal(&self, name: &str) {
        self.child.signal(name);
    }

    /// Waits for the end.
    pub(crate) fn finish(self) -> Finished {
        Finished { output: self.child.into_child().wait_with_output().expect("the binary ends"), _home: self.home }
    }
}

/// A listener that is up.
pub(crate) struct Listener {
    pub(crate) running: Running,
    /// The port it took.
    pub(crate) port: u16,
    stderr: JoinHandle<String>,
}

/// `hookproof listen --port 0` with these words, once it says its address.
#[track_caller]
pub(crate) fn listen(run: Run) -> Listener {
    listen_with(run, "")
}

/// As above, with these words for the listener itself.
#[track_caller]
pub(crate) fn listen_with(run: Run, words: &str) -> Listener {
    listen_to(run, &words.split_whitespace().collect::<Vec<_>>())
}

/// As above, with words that may hold spaces.
#[track_caller]
pub(crate) fn listen_to(run: Run, words: &[&str]) -> Listener {
    listen_onto(run, words, Stdio::piped())
}

/// As above, with this stdout.
#[track_caller]
pub(crate) fn listen_onto(run: Run, words: &[&str], stdout: impl Into<Stdio>) -> Listener {
    let mut running = run.args(["listen", "--port", "0"]).args(words).spawn_onto(stdout);
    let mut lines = BufReader::new(running.child.stderr.take().expect("stderr"));
    let mut seen = String::new();
    let port = loop {
        let start = seen.len();
        assert!(lines.read_line(&mut seen).expect("text") > 0, "the listener ended:\n{seen}");
        if let Some((_, rest)) = seen[start..].split_once("Listening on http://127.0.0.1:") {
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            break digits.parse().expect("a port");
        }
    };
    let stderr = std::thread::spawn(move || {
        let _ = lines.read_to_string(&mut seen);
        seen
    });
    Listener { running, port, stderr }
}

impl Listener {
    /// The most memory that it ever had, in MB.
    #[cfg(target_os = "linux")]
    pub(crate) fn peak(&self) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.running.child.id())).expect("its status");
        let peak = status.split("VmHWM:").nth(1).and_then(|rest| rest.split_whitespace().next()).expect("a peak");
        peak.parse::<usize>().expect("a number") / 1024
    }

    pub(crate) fn signal(&self, name: &str) {
        self.running.signal(name);
    }

    /// Waits for the end, and expects this exit code.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Finished {
        let mut finished = self.running.finish();
        finished.output.stderr = self.stderr.join().expect("stderr").into_bytes();
        let actual = finished.output.status.code();
        assert_eq!(actual, Some(code), "stdout:\n{}\nstderr:\n{}", finished.stdout(), finished.stderr());
        finished
    }
}

/// `hookproof listen --quiet` with these words, and the port that it took.
pub(crate) fn quiet_listener(words: &str) -> (Running, u16) {
    let run = hookproof("listen --quiet --port 0 --ready-file ready").args(words.split_whitespace());
    let ready = run.folder().join("ready");
    let running = run.spawn();
    (running, ready_port(&ready))
}

/// Waits until a listener has written its address to this file, and returns its port.
#[track_caller]
pub(crate) fn ready_port(file: &Path) -> u16 {
    let begun = Instant::now();
    loop {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        if let Some(url) = text.lines().next().filter(|_| text.ends_with('\n')) {
            return url.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "it was never ready");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A request that a stub received.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Received {
    /// Every value under a name.
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        self.headers
            .iter()
            .filter(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
            .collect()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).expect("a JSON body")
    }
}

/// A receiver that answers as told and keeps what it got.
pub(crate) struct Stub {
    /// Its address.
    pub(crate) url: String,
    received: Receiver<Received>,
    server: std::sync::Arc<tiny_http::Server>,
}

/// A stub that answers every request with `answer`: status, headers, body.
pub(crate) fn stub(answer: impl Fn(&Received) -> (u16, Vec<(&'static str, String)>, String) + Send + 'static) -> Stub {
    let server = Arc::new(tiny_http::Server::http("127.0.0.1:0").expect("a free port"));
    let port = server.server_addr().to_ip().expect("an address").port();
    let (sender, received) = channel();
    let accepting = server.clone();
    std::thread::spawn(move || {
        for mut request in accepting.incoming_requests() {
            let mut body = Vec::new();
            request.as_reader().read_to_end(&mut body).expect("the body");
            let header = |h: &tiny_http::Header| (h.field.to_string(), h.value.to_string());
            let seen = Received {
                method: request.method().to_string(),
                target: request.url().to_string(),
                headers: request.headers().iter().map(header).collect(),
                body,
            };
            let (status, headers, text) = answer(&seen);
            let mut response = tiny_http::Response::from_string(text).with_status_code(status);
            for (name, value) in headers {
                response.add_header(tiny_http::Header::from_bytes(name, value).expect("a header"));
            }
            let _ = sender.send(seen);
            let _ = request.respond(response);
        }
    });
    Stub { url: format!("http://127.0.0.1:{port}/hook"), received, server }
}

/// A stub that accepts everything.
pub(crate) fn accepting() -> Stub {
    stub(|_| (200, Vec::new(), "thanks".to_string()))
}

impl Stub {
    /// The next request; the test fails where none comes.
    #[track_caller]
    pub(crate) fn next(&self) -> Received {
        self.received.recv_timeout(Duration::from_secs(10)).expect("the stub was never called")
    }

    /// Whether nothing more has come.
    pub(crate) fn is_idle(&self) -> bool {
        self.received.try_recv().is_err()
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        self.server.unblock();
    }
}

/// HMAC-SHA256 in hexadecimal, computed by openssl: an implementation independent of ours.
pub(crate) fn openssl_hmac(secret: &str, body: &[u8]) -> String {
    let mut child = tool("openssl")
        .args(["dgst", "-sha256", "-hmac", secret, "-r"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("openssl");
    child.stdin.take().expect("stdin").write_all(body).expect("the body");
    let output = child.wait_with_output().expect("openssl ends");
    String::from_utf8_lossy(&output.stdout).split_whitespace().next().expect("a digest").to_string()
}

/// Posts bytes over a plain socket, and gives the status of the answer.
pub(crate) fn post(port: u16, headers: &[(&str, &str)], body: &[u8]) -> u16 {
    let mut head = format!("POST /hook HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n", body.len());
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    let answer = raw(port, &[head.as_bytes(), b"Connection: close\r\n\r\n", body].concat());
    answer.split_whitespace().nth(1).and_then(|status| status.parse().ok()).unwrap_or(0)
}

/// Writes bytes to a port, and gives all that comes back until the other side closes.
pub(crate) fn raw(port: u16, bytes: &[u8]) -> String {
    let mut stream = std::net::TcpStream::connect(("127.0.0.1", port)).expect("a connection");
    stream.set_read_timeout(Some(Duration::from_secs(120))).expect("a time limit");
    // A server may answer and close before it has read everything.
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

/// A port of this machine. It refuses connections until `listen` is called, and nothing else can take it.
pub(crate) struct Reserved(TcpSocket);

impl Reserved {
    pub(crate) fn new() -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind(([127, 0, 0, 1], 0).into()).expect("a free port");
        Self(socket)
    }

    pub(crate) fn port(&self) -> u16 {
        self.0.local_addr().expect("an address").port()
    }

    pub(crate) fn listen(self) -> TcpListener {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().expect("a runtime");
        let _entered = runtime.enter();
        let listener = self.0.listen(128).and_then(tokio::net::TcpListener::into_std).expect("a listener");
        listener.set_nonblocking(false).expect("a listener that waits");
        listener
    }
}

/// A port that refuses connections until the tests end.
pub(crate) fn closed_port() -> u16 {
    static RESERVED: Mutex<Vec<Reserved>> = Mutex::new(Vec::new());
    let reserved = Reserved::new();
    let port = reserved.port();
    RESERVED.lock().expect("the ports").push(reserved);
    port
}

/// A server over bare sockets, for what an HTTP library would not do; each connection has its thread.
pub(crate) fn on_each(serve: impl Fn(std::net::TcpStream) + Clone + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let serve = serve.clone();
            std::thread::spawn(move || serve(stream));
        }
    });
    format!("http://127.0.0.1:{port}/hook")
}

/// A gate that holds threads until it is opened, or for a minute.
#[derive(Clone, Default)]
pub(crate) struct Gate(Arc<(Mutex<bool>, Condvar)>);

impl Gate {
    pub(crate) fn pass(&self) {
        let closed = self.0.0.lock().expect("the gate");
        drop(self.0.1.wait_timeout_while(closed, Duration::from_secs(60), |open| !*open).expect("the gate"));
    }

    pub(crate) fn open(&self) {
        *self.0.0.lock().expect("the gate") = true;
        self.0.1.notify_all();
    }
}

/// Reads a request's head and the body that Content-Length announces; gives the head in lower case.
pub(crate) fn read_request(stream: &mut impl std::io::Read) -> String {
    let mut seen = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        if let Some(end) = seen.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&seen[..end]).to_lowercase();
            let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()).unwrap_or("0");
            if seen.len() >= end + 4 + length.parse::<usize>().expect("a length") {
                return head;
            }
        }
        match stream.read(&mut buffer) {
            Ok(count @ 1..) => seen.extend_from_slice(&buffer[..count]),
            _ => return String::from_utf8_lossy(&seen).to_lowercase(),
        }
    }
}

/// A receiver over a bare socket that gives the bytes of each request to the channel.
pub(crate) fn raw_receiver() -> (String, Receiver<Vec<u8>>) {
    let (sender, received) = channel();
    let url = on_each(move |mut stream| {
        let mut seen = Vec::new();
        let mut buffer = [0; 4096];
        while whole(&seen).is_none_or(|end| seen.len() < end) {
            match stream.read(&mut buffer) {
                Ok(count @ 1..) => seen.extend_from_slice(&buffer[..count]),
                _ => break,
            }
        }
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        let _ = sender.send(seen);
    });
    (url, received)
}

/// The length of a request, once its head is there.
fn whole(seen: &[u8]) -> Option<usize> {
    let end = seen.windows(4).position(|bytes| bytes == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&seen[..end]).to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "))?.parse::<usize>().ok()?;
    Some(end + 4 + length)
}

impl Run {
    /// Runs to the end with a stdout that nobody reads.
    pub(crate) fn unread(self) -> Finished {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        self.writing_to(writer)
    }

    /// Runs to the end with this stdout.
    pub(crate) fn writing_to(mut self, stdout: impl Into<Stdio>) -> Finished {
        self.command.stdin(Stdio::null()).stdout(stdout).stderr(Stdio::piped());
        Finished { output: self.command.output().expect("the binary ends"), _home: self.home }
    }

    /// Runs to the end on a terminal of its own, and gives the exit code and what stood on it. Nothing where there is
    /// no `script` to make one.
    pub(crate) fn on_a_terminal(self) -> Option<(Option<i32>, String)> {
        let quote = |word: &std::ffi::OsStr| format!("'{}'", word.to_string_lossy().replace('\'', "'\\''"));
        let words: Vec<String> =
            std::iter::once(self.command.get_program()).chain(self.command.get_args()).map(quote).collect();
        if !has_program("script") {
            return None;
        }
        let mut script = bare("script", self.home.path());
        script.args(["-qec", &words.join(" "), "/dev/null"]).stdin(Stdio::null()).env_clear();
        script.envs(self.command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let output = script.output().expect("script runs");
        Some((output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned()))
    }
}
