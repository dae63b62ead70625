//! What is shown of a delivery that goes out and of the answer to it: for people, or as lines of JSON.

use super::SendArgs;
use crate::catalog::Event;
use crate::commands::context::Context;
use crate::commands::making::Maker;
use crate::refusal::refusal;
use crate::report::{self, Attempt, Out, Outcome};
use crate::retry::Next;
use crate::secret::Keyring;
use crate::words;

/// An own body under a provider's name alone is no certain event.
pub(super) fn label(args: &SendArgs, event: &Event<'_>) -> String {
    if args.body.is_some() && args.events.contains(&event.provider.id) {
        format!("{}/(own body)", event.provider.id)
    } else {
        event.full_name()
    }
}

/// A receiver that echoes what it got must not have a secret printed.
pub(in crate::commands) fn redacted(outcome: Outcome, keyring: &Keyring) -> Outcome {
    match outcome {
        Outcome::Answered(answer, is_success) => Outcome::Answered(answer.redacted(keyring.redactor()), is_success),
        Outcome::Judged(answer, failures) => Outcome::Judged(answer.redacted(keyring.redactor()), failures),
        other => other,
    }
}

pub(super) fn out(args: &SendArgs, context: &Context, out: &Out<'_>) {
    if args.json {
        return;
    }
    let paint = context.console.out;
    context.console.report(&report::out_line(out, paint));
    if args.verbose || args.dry_run {
        context.console.report_lines(report::request_full(out, paint));
    }
}

pub(super) fn back(
    args: &SendArgs,
    context: &Context,
    maker: &Maker,
    out: &Out<'_>,
    outcome: &Outcome,
    attempt: Option<&Attempt<'_>>,
) {
    if args.json {
        context.console.print(&report::sent_json(out, outcome, attempt));
        return;
    }
    let paint = context.console.out;
    context.console.report_lines(report::back_lines(out, outcome, paint));
    if let Some(attempt) = attempt {
        follow(args, context, attempt);
    }
    let (answer, is_success) = match outcome {
        Outcome::Answered(answer, is_success) => (answer, *is_success),
        Outcome::Judged(answer, failures) => (answer, failures.is_empty()),
        _ => return,
    };
    if args.verbose {
        context.console.report_lines(report::answer_full(answer, paint));
    }
    let secret = maker.keyring.of(out.family).filter(|secret| secret.looks_malformed());
    if let Some(secret) =
        secret.filter(|_| !is_success && matches!(answer.status, 401 | 403) && refusal(answer).is_none())
    {
        context.console.note(&format!("the secret in use has {}; was it copied whole?", secret.looks()));
    }
}

/// Shows what follows a failed attempt.
pub(super) fn follow(args: &SendArgs, context: &Context, attempt: &Attempt<'_>) {
    if let Some(line) = next_line(args, attempt) {
        context.console.report(&line);
    }
}

/// What follows a failed attempt.
fn next_line(args: &SendArgs, attempt: &Attempt<'_>) -> Option<String> {
    Some(match attempt.next? {
        Next::Over(why) => format!("  given up after {}: {why}", words::count(attempt.number, "attempt", "attempts")),
        Next::Again { after, heeded } => {
            let heeded = heeded.map(|heeded| format!("; {heeded}")).unwrap_or_default();
            format!("  {}{heeded}", args.retry.again(*after, attempt.number, attempt.of - 1))
        }
    })
}
