//! Ctrl-C and SIGTERM: the one place that differs between Unix and Windows.

use std::future::Future;

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};
#[cfg(windows)]
use tokio::signal::windows::{CtrlC, ctrl_c};

use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

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
        Self { interrupt: mind(SignalKind::interrupt()), terminate: mind(SignalKind::terminate()) }
    }

    /// Waits for the next one, and says which exit code belongs to it.
    #[cfg(unix)]
    pub(super) async fn next(&mut self) -> Exit {
        tokio::select! {
            () = received(&mut self.interrupt) => Exit::Interrupted,
            () = received(&mut self.terminate) => Exit::Terminated,
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

/// Minds the signals from now on, waits for either, and says which exit code belongs to it.
pub(super) fn interrupted() -> impl Future<Output = Exit> {
    let mut signals = Signals::minded();
    async move { signals.next().await }
}

/// From the first question on, a signal ends the process at once until a command minds the signals itself. Whoever reads
/// a terminal may have hidden what is typed, which is undone, or its cursor, which `restore` brings back.
pub(super) fn end_questions_at_once(restore: fn()) {
    static WATCH: Once = Once::new();
    WATCH.call_once(|| {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
        let terminal = Terminal::now();
        // The signals are minded before this returns, and waited for on a thread of their own.
        let mut signals = {
            let _inside = runtime.enter();
            Signals::watched()
        };
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
