//! Ctrl-C, SIGTERM and SIGHUP: the one place that differs between Unix and Windows.

use std::future::Future;
#[cfg(unix)]
use std::process::{Command, Stdio};
use std::sync::Once;
#[cfg(unix)]
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::runtime::Runtime;
#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};
#[cfg(windows)]
use tokio::signal::windows::{CtrlC, ctrl_c};

use crate::exit::Exit;

/// Whether a command minds the signals itself by now.
static MINDED: AtomicBool = AtomicBool::new(false);

/// The signals that end a command, minded from the moment this is made. One that can't be minded ends
/// the process as if we had never asked.
#[derive(Debug)]
pub(super) struct Signals {
    #[cfg(unix)]
    interrupt: Option<Signal>,
    #[cfg(unix)]
    terminate: Option<Signal>,
    /// None where it is ignored, as under `nohup`.
    #[cfg(unix)]
    hangup: Option<Signal>,
    #[cfg(windows)]
    interrupt: Option<CtrlC>,
}

impl Signals {
    /// Minds them; this needs a runtime.
    pub(super) fn minded() -> Self {
        MINDED.store(true, Ordering::Relaxed);
        Self::watched()
    }

    #[cfg(unix)]
    fn watched() -> Self {
        let mind = |kind| signal(kind).ok();
        let hangup = if is_hangup_ignored() { None } else { mind(SignalKind::hangup()) };
        Self { interrupt: mind(SignalKind::interrupt()), terminate: mind(SignalKind::terminate()), hangup }
    }

    /// Waits for the next one, and says which exit code belongs to it. Only the first SIGHUP counts: the system and the
    /// shell both send one where a terminal is closed, and the second is no wish to end at once.
    #[cfg(unix)]
    pub(super) async fn next(&mut self) -> Exit {
        tokio::select! {
            () = received(&mut self.interrupt) => Exit::Interrupted,
            () = received(&mut self.terminate) => Exit::Terminated,
            () = received(&mut self.hangup) => {
                self.hangup = None;
                Exit::HungUp
            }
        }
    }

    #[cfg(windows)]
    fn watched() -> Self {
        Self { interrupt: ctrl_c().ok() }
    }

    /// Waits for the next one, and says which exit code belongs to it.
    #[cfg(windows)]
    pub(super) async fn next(&mut self) -> Exit {
        match &mut self.interrupt {
            Some(interrupt) => interrupt.recv().await,
            None => std::future::pending().await,
        };
        Exit::Interrupted
    }
}

#[cfg(unix)]
async fn received(signal: &mut Option<Signal>) {
    match signal {
        Some(signal) => signal.recv().await,
        None => std::future::pending().await,
    };
}

/// Whether the process was started with SIGHUP ignored, as `nohup` does. This looks before the signal is first minded.
#[cfg(unix)]
fn is_hangup_ignored() -> bool {
    static IGNORED: OnceLock<bool> = OnceLock::new();
    *IGNORED.get_or_init(|| ignored_by_status().unwrap_or_else(ignored_by_child))
}

/// Linux tells the signals that a process ignores.
#[cfg(unix)]
fn ignored_by_status() -> Option<bool> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
    let ignored = u64::from_str_radix(ignored.trim(), 16).ok()?;
    Some(ignored & 1 << (SignalKind::hangup().as_raw_value() - 1) != 0)
}

/// A child ignores what its parent does: then it survives the signal.
#[cfg(unix)]
fn ignored_by_child() -> bool {
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", "kill -HUP $$"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    shell.status().is_ok_and(|status| status.success())
}

/// Minds the signals from now on, waits for either, and says which exit code belongs to it. The command then ends by
/// itself; where it can't, the process ends without it.
pub(super) fn interrupted() -> impl Future<Output = Exit> {
    let mut signals = Signals::minded();
    end_what_is_stuck();
    async move { signals.next().await }
}

/// A command that was asked to end and writes to a pipe that nobody reads is ended after this time.
const GRACE: Duration = Duration::from_secs(5);

/// After the first signal a second one ends the process, and so does time: whoever writes to a full pipe does not get
/// to see the first.
fn end_what_is_stuck() {
    static WATCH: Once = Once::new();
    WATCH.call_once(|| {
        let Some((runtime, mut signals)) = watcher() else { return };
        std::thread::spawn(move || {
            let exit = runtime.block_on(async {
                let exit = signals.next().await;
                tokio::time::timeout(GRACE, signals.next()).await.unwrap_or(exit)
            });
            std::process::exit(i32::from(exit.code()));
        });
    });
}

/// What a thread of its own needs to wait for signals, which are minded before this returns.
fn watcher() -> Option<(Runtime, Signals)> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
    let signals = {
        let _inside = runtime.enter();
        Signals::watched()
    };
    Some((runtime, signals))
}

/// From the first question on, a signal ends the process at once until a command minds the signals itself. Whoever reads
/// a terminal may have hidden what is typed, which is undone, or its cursor, which `restore` brings back.
pub(super) fn end_questions_at_once(restore: fn()) {
    static WATCH: Once = Once::new();
    WATCH.call_once(|| {
        let Some((runtime, mut signals)) = watcher() else { return };
        let terminal = Terminal::now();
        std::thread::spawn(move || {
            let exit = runtime.block_on(signals.next());
            if !MINDED.load(Ordering::Relaxed) {
                terminal.restore();
                restore();
                std::process::exit(i32::from(exit.code()));
            }
        });
    });
}

/// Runs `clean` before a signal ends the process, unless the command minds signals itself.
pub(super) fn before_an_end(clean: fn()) {
    static WATCH: Once = Once::new();
    WATCH.call_once(|| {
        let Some((runtime, mut signals)) = watcher() else { return };
        std::thread::spawn(move || {
            let exit = runtime.block_on(signals.next());
            if !MINDED.load(Ordering::Relaxed) {
                clean();
                std::process::exit(i32::from(exit.code()));
            }
        });
    });
}

/// How the terminal takes what is typed.
#[cfg(unix)]
struct Terminal(Option<rustix::termios::Termios>);

#[cfg(unix)]
impl Terminal {
    fn now() -> Self {
        Self(rustix::termios::tcgetattr(std::io::stdin()).ok())
    }

    fn restore(&self) {
        use rustix::termios::{OptionalActions, tcsetattr};

        if let Some(modes) = &self.0 {
            let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, modes);
        }
    }
}

/// A console takes what is typed as each program asks it to.
#[cfg(windows)]
struct Terminal;

#[cfg(windows)]
impl Terminal {
    fn now() -> Self {
        Self
    }

    #[expect(clippy::unused_self, reason = "as on Unix")]
    fn restore(&self) {}
}
