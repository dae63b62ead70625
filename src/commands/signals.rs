//! Ctrl-C and SIGTERM: the one place that differs between Unix and Windows.

use std::future::Future;

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};
#[cfg(windows)]
use tokio::signal::windows::{CtrlC, ctrl_c};

use crate::exit::Exit;

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
    #[cfg(unix)]
    pub(super) fn minded() -> Self {
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

    /// Minds them; this needs a runtime.
    #[cfg(windows)]
    pub(super) fn minded() -> Self {
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
