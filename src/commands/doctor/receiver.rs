//! A receiver: its name, its addresses, and TLS where it speaks that. No request goes to it.

use std::time::{Duration, Instant};

use super::aims::Aim;
use super::{DoctorArgs, Told, found};
use crate::commands::context::Context;
use crate::commands::trust::Cleared;
use crate::diagnosis::{self, Attempt, Check, Finding};
use crate::target;
use crate::transport::{self, SendError};
use crate::words;

/// Looks as far as it is reached.
pub(super) async fn look(aim: &Aim, args: &DoctorArgs, limit: Duration, context: &Context, told: &Told<'_>) {
    let tell = |finding: Finding| told.tell(finding.about(aim.name.as_deref()));
    let whose = aim.provider.as_ref().map_or_else(String::new, |id| format!(", for deliveries of {id}"));
    let by = aim.by.map_or_else(String::new, |variable| format!(", as {variable} says"));
    tell(Finding::ok(Check::Target, format!("{}{by}{whose}", target::shown(&aim.url))));
    let options = match args.connection.options(&Cleared::without_delivery(Some(&aim.url)), limit, context) {
        Ok(options) => options,
        Err(error) => return tell(found(Check::Connection, "proxy-unusable", &error)),
    };
    let may_proxy = args.connection.may_proxy(&aim.url, context);
    if !may_proxy && !is_reached(aim, limit, &tell).await {
        return;
    }
    let is_tls = aim.url.scheme() == "https";
    if !is_tls && !may_proxy {
        return;
    }
    let result = match transport::handshake(&aim.url, &options).await {
        Err(SendError::NoConnection { cause, .. }) => Err(cause),
        Err(error) => Err(error.to_string()),
        Ok(took) => Ok(took),
    };
    // Of what goes wrong on the way through a proxy only a certificate is the receiver's.
    let is_certificate = result.as_ref().is_err_and(|cause| is_tls && cause.contains("certificate"));
    if may_proxy && !is_certificate {
        tell(through_a_proxy(&result, is_tls));
    }
    if !may_proxy || is_certificate || (is_tls && result.is_ok()) {
        tell(diagnosis::handshake(&aim.url, result, options.insecure));
    }
}

/// Whether one of its addresses takes connections.
async fn is_reached(aim: &Aim, limit: Duration, tell: &impl Fn(Finding)) -> bool {
    let host = aim.url.host_str().unwrap_or_default();
    let begun = Instant::now();
    let addresses = match transport::resolve(&aim.url, limit).await {
        Ok(addresses) => addresses,
        Err(cause) => {
            tell(
                Finding::fault(Check::Name, "name-unknown", format!("{host} has no address: {cause}"))
                    .hinting(diagnosis::unknown_name(&aim.url)),
            );
            return false;
        }
    };
    let took = begun.elapsed();
    let shown: Vec<String> = addresses.iter().map(|address| address.ip().to_string()).collect();
    if !shown.iter().any(|address| host.trim_start_matches('[').trim_end_matches(']') == address) {
        tell(Finding::ok(Check::Name, format!("{host} is {}", words::list(&shown, "and"))).taking(took));
    }
    let results = transport::connect_each(&addresses, limit).await;
    let attempts: Vec<Attempt> =
        addresses.into_iter().zip(results).map(|(address, result)| Attempt { address, result }).collect();
    tell(diagnosis::connection(&aim.url, &attempts));
    attempts.iter().any(|attempt| attempt.result.is_ok())
}

/// Its name and its addresses are the proxy's business then, and without TLS it hears of no connection.
fn through_a_proxy(result: &Result<Duration, String>, is_tls: bool) -> Finding {
    match result {
        Ok(took) if is_tls => {
            Finding::ok(Check::Connection, "a connection comes about through the proxy").taking(*took)
        }
        Ok(took) => {
            let found = "the proxy takes connections; what is behind it was not looked at";
            Finding::note(Check::Connection, "proxy-between", found).taking(*took)
        }
        Err(cause) => Finding::fault(
            Check::Connection,
            "no-connection",
            format!("no connection comes about through the proxy: {}", target::without_password(cause)),
        )
        .hinting("--proxy URL or a variable such as https_proxy says which proxy; no_proxy=HOST goes without"),
    }
}
