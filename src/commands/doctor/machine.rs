//! The machine: its clock, the port for `listen`, the journal.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::found;
use crate::catalog::Catalog;
use crate::commands::context::Context;
use crate::diagnosis::{self, Check, Finding};
use crate::error::Error;
use crate::journal::Look;
use crate::transport::{self, BindError};
use crate::words;

/// Ports above one that is taken which are tried.
const NEXT: u16 = 100;

/// The time, held against the catalog's days.
pub(super) fn clock(catalog: &Catalog) -> Finding {
    let days = catalog.providers.iter().filter_map(|provider| provider.description.checked.parse::<Date>().ok());
    diagnosis::clock(Timestamp::now(), &TimeZone::system(), days.max())
}

/// Whether `listen` can have its port.
pub(super) async fn port(port: u16) -> Finding {
    let error = match transport::bind(None, port).await {
        Ok(bound) => {
            let at: Vec<String> = bound.addresses.iter().map(|address| address.ip().to_string()).collect();
            let free = format!("{} is free on {}", bound.addresses[0].port(), words::list(&at, "and"));
            let any = if port == 0 { "0 takes any that is free: " } else { "" };
            return Finding::ok(Check::Port, format!("{any}{free}"));
        }
        Err(error) => error,
    };
    let code = if matches!(error, BindError::Busy { .. }) { "port-taken" } else { "port-refused" };
    let finding = Finding::fault(Check::Port, code, error.to_string());
    match next(port).await {
        Some(free) => finding.hinting(format!("listen --port {free} is free; --port 0 takes any")),
        None => finding.hinting("listen --port 0 takes a free one"),
    }
}

/// The next port that is free; those below 1024 are often the administrator's.
async fn next(port: u16) -> Option<u16> {
    let first = port.checked_add(1)?.max(1024);
    for port in first..=first.saturating_add(NEXT) {
        if transport::bind(None, port).await.is_ok() {
            return Some(port);
        }
    }
    None
}

/// Where `listen` keeps deliveries.
pub(super) fn journal(context: &Context) -> Finding {
    let path = match context.journal(None) {
        Ok(Some(path)) => path,
        Ok(None) => {
            return Finding::note(Check::Journal, "journal-none", "HOOKPROOF_JOURNAL is empty, so no delivery is kept")
                .hinting("unset it, or give listen --journal FILE, where replay and history are wanted");
        }
        Err(error) => return found(Check::Journal, "journal-nowhere", &error),
    };
    match Look::at(&path) {
        Ok(look) => diagnosis::kept(&path, &look),
        Err(cause) => found(Check::Journal, "journal-unseen", &Error::Read { path, cause }),
    }
}
