//! `--fault`: a case of `check` in place of a sound delivery, judged as `check` judges it.

use std::time::Duration;

use reqwest::Url;

use crate::catalog::{Catalog, Event};
use crate::commands::check::{self, Fired};
use crate::commands::context::Context;
use crate::commands::making::Maker;
use crate::commands::parts::Parts;
use crate::conformance::{self, CASES, Planned, Shot};
use crate::error::Error;
use crate::report::Outcome;
use crate::shell;
use crate::transport::{SendError, Sender};
use crate::words;

/// The case of a check, made from an event.
pub(super) fn fault<'c>(
    context: &Context,
    maker: &mut Maker,
    catalog: &Catalog,
    event: &Event<'c>,
    index: u64,
    url: &Url,
    name: &str,
) -> Result<(Planned<'c>, Shot), Error> {
    let all = conformance::everything(event.provider, std::slice::from_ref(event));
    let fits = |planned: &Planned<'_>| planned.name == name || planned.case.id == name;
    let whose = shell::argument(&event.provider.id);
    let planned = all.into_iter().find(fits).ok_or_else(|| {
        let near =
            words::nearest(name, CASES.iter().map(|case| case.id)).map(|near| format!("did you mean `{near}`? "));
        let hint = format!("`hookproof check --list --provider {whose}` shows them all");
        Error::usage(format!("no case is called `{name}`"), format!("{}{hint}", near.unwrap_or_default()))
    })?;
    let parts = Parts::gather(context, catalog, event.provider, maker)?;
    let shot = check::make(maker, &planned, index, url, &parts.kit(url, true, None))?;
    let shot = shot.map_err(|why| {
        let what = format!("{} has no case {}: {why}", event.full_name(), planned.name);
        Error::usage(what, format!("`hookproof check --list --provider {whose}` shows the others"))
    })?;
    Ok((planned, shot))
}

/// Sends the request of a case; it is a success where the receiver does what a sound one does, which is put into words.
pub(super) async fn faulty(
    sender: &Sender,
    url: &Url,
    planned: &Planned<'_>,
    shot: &Shot,
    timeout: Duration,
) -> (Outcome, Option<String>) {
    let mut fired = check::fire(sender, url, shot, timeout).await;
    let unreached =
        |fired: &Fired| matches!(fired, Fired::Back(Err(SendError::NoConnection { .. } | SendError::Options(_))));
    if let Some(index) = fired.iter().position(unreached)
        && let Fired::Back(Err(error)) = fired.swap_remove(index)
    {
        return (Outcome::Failed(error), None);
    }
    let expects = shot.requests.iter().map(|request| request.expect.clone());
    let pairs: Vec<_> = expects.zip(fired.iter().cloned().map(check::came)).collect();
    // Without the scheme, since the level of a finding is not told here.
    let judged = conformance::judge(planned.case, planned.event.provider, None, &pairs);
    let is_sound = judged.outcome == conformance::Outcome::Passed;
    let word = if is_sound { "as a sound receiver does" } else { "a sound receiver does otherwise" };
    let told = format!("{}: {}; {word}", planned.name, planned.case.title);
    let outcome = match fired.pop() {
        Some(Fired::Back(Ok(answer))) => Outcome::Answered(answer, is_sound),
        Some(Fired::Back(Err(error))) if !is_sound => Outcome::Failed(error),
        _ => Outcome::Left(judged.did),
    };
    (outcome, Some(told))
}
