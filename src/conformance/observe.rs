//! What all answers together tell of a receiver.

use std::time::Duration;

use super::cases::{Case, Level};
use super::findings::finding;
use super::judge::{Judged, Outcome};
use crate::catalog::Provider;
use crate::message::Answer;
use crate::words;

/// Bytes of an answer beyond which it is large.
const LARGE: usize = 16 * 1024;

/// An answer that came in the course of a check.
#[derive(Clone, Copy, Debug)]
pub struct Observed<'a> {
    /// The case that it answers, by name.
    pub name: &'a str,
    /// The method of the request.
    pub method: &'a str,
    /// Whether it was a delivery that was taken, as it should be.
    pub is_taken: bool,
    /// Whether it was a request that had to be refused, and was.
    pub is_refused: bool,
    /// The answer.
    pub answer: &'a Answer,
}

/// Judges a case that sends nothing. The error says why there is nothing to judge.
pub fn observe(case: &Case, provider: &Provider, all: &[Observed<'_>]) -> Result<Judged, String> {
    match case.id {
        "answer-time" => in_time(provider, all),
        "redirects" => Ok(none_is(case, "redirect", all, |seen| {
            seen.method == "POST" && (300..400).contains(&seen.answer.status) && !provider.accepts(seen.answer.status)
        })),
        "refusal-status" => refusals(case, provider, all),
        "answer-size" => Ok(none_is(case, "large-answer", all, |seen| seen.answer.body.len() > LARGE)),
        "stack-traces" => {
            Ok(none_is(case, "stack-trace", all, |seen| is_trace(&String::from_utf8_lossy(&seen.answer.body))))
        }
        other => Err(format!("`{other}` is not seen from the answers")),
    }
}

/// The slowest answer to a delivery against the time that the provider waits.
fn in_time(provider: &Provider, all: &[Observed<'_>]) -> Result<Judged, String> {
    let taken = || all.iter().filter(|seen| seen.is_taken && provider.accepts(seen.answer.status));
    let slowest = |first: &Observed<'_>, more: &Observed<'_>| first.answer.elapsed.cmp(&more.answer.elapsed);
    let Some(slowest_of_all) = taken().max_by(|one, other| slowest(one, other)) else {
        return Err("no delivery was taken".to_string());
    };
    let Some(seconds) = provider.description.delivery.answer_within else {
        let took = words::elapsed(slowest_of_all.answer.elapsed);
        return Err(format!("the provider documents no limit; the slowest answer took {took}"));
    };
    // The first finds a receiver that has to warm up.
    let later = taken().filter(|seen| seen.name != "control");
    let Some(slowest) = later.max_by(|one, other| slowest(one, other)) else {
        return Err("only the control was taken, and the first answer may take longer".to_string());
    };
    let took = slowest.answer.elapsed;
    let limit = Duration::from_secs(seconds);
    let (time, within) = (words::elapsed(took), words::elapsed(limit));
    let did = format!("took {time} for {}, and the provider waits {within}", slowest.name);
    Ok(match took {
        _ if took >= limit => Judged::found("over-time-limit", Level::Must, did),
        _ if took > limit / 2 => Judged::found("near-time-limit", Level::Info, did),
        _ => Judged { outcome: Outcome::Passed, did: format!("took at most {time} of {within}") },
    })
}

/// The status of each refusal against the documented one.
fn refusals(case: &Case, provider: &Provider, all: &[Observed<'_>]) -> Result<Judged, String> {
    let Some(documented) = provider.description.delivery.refusal else {
        return Err("the provider documents no status for a wrong signature".to_string());
    };
    let refused: Vec<Observed<'_>> = all.iter().filter(|seen| seen.is_refused).copied().collect();
    let is_other = |seen: &Observed<'_>| seen.answer.status != documented;
    let Some(other) = refused.iter().find(|seen| is_other(seen)) else {
        return match refused.len() {
            0 => Err("nothing was refused".to_string()),
            count => {
                let did = format!("answered {documented} in {}", words::count(count, "refusal", "refusals"));
                Ok(Judged { outcome: Outcome::Passed, did })
            }
        };
    };
    let mut judged = none_is(case, "undocumented-refusal", &refused, is_other);
    judged.did.push_str(&format!(": {}, and {documented} is documented", other.answer.status));
    Ok(judged)
}

fn none_is(case: &Case, code: &'static str, all: &[Observed<'_>], is_odd: impl Fn(&Observed<'_>) -> bool) -> Judged {
    let mut odd: Vec<&str> = all.iter().filter(|seen| is_odd(seen)).map(|seen| seen.name).collect();
    odd.dedup();
    let Some(first) = odd.first() else {
        let did = format!("found none in {}", words::count(all.len(), "answer", "answers"));
        return Judged { outcome: Outcome::Passed, did };
    };
    let more = match odd.len() - 1 {
        0 => String::new(),
        more => format!(" and {}", words::count(more, "other", "others")),
    };
    let did = finding(code).map_or("did so", |finding| finding.did);
    Judged::found(code, case.level, format!("{did} in the case {first}{more}"))
}

/// Whether a text holds what languages and frameworks print of an exception's way.
fn is_trace(text: &str) -> bool {
    const SIGNS: [&str; 9] = [
        "Traceback (most recent call last)",
        "Stack trace:",
        "goroutine 1 [",
        "panicked at ",
        "Exception in thread ",
        "in the Django settings file",
        "Werkzeug Debugger",
        "Whoops\\Exception",
        "---> System.",
    ];
    // JavaScript, Java and .NET: `at name (file.js:1:2)`, `at a.b(C.java:3)`, `at A.B() in C.cs:line 4`.
    let is_frame = |line: &str| {
        let line = line.replace("&nbsp;", " ");
        let Some(rest) = line.trim_start().strip_prefix("at ") else { return false };
        [".js:", ".ts:", ".mjs:", ".cjs:", ".java:", ".kt:", ".cs:line "].iter().any(|mark| rest.contains(mark))
            || rest.contains("(node:internal")
    };
    // Ruby and PHP: "app.rb:12:in `call'", `#0 /app/index.php(12): verify()`.
    let is_other = |line: &str| {
        let line = line.trim_start();
        line.contains(".rb:") && line.contains(":in ") || line.starts_with('#') && line.contains(".php(")
    };
    SIGNS.iter().any(|sign| text.contains(sign))
        || text.split('\n').flat_map(|line| line.split("<br>")).any(|line| is_frame(line) || is_other(line))
        // Inside a JSON string.
        || text.contains("\\n    at ")
}

#[cfg(test)]
mod tests {
    use super::is_trace;

    #[test]
    fn stack_traces_of_several_languages_are_known_and_prose_is_none() {
        for text in [
            "<pre>SyntaxError: Unexpected token<br> &nbsp; &nbsp;at JSON.parse (&lt;anonymous&gt;)<br> &nbsp; &nbsp;at parse (/app/node_modules/body-parser/lib/types/json.js:92:19)</pre>",
            "Traceback (most recent call last):\n  File \"app.py\", line 3",
            "java.lang.NullPointerException\n\tat com.example.Hook.handle(Hook.java:17)",
            "PHP Fatal error: x in /app/hook.php:3\nStack trace:\n#0 /app/hook.php(12): verify()",
            "app.rb:12:in `call'",
            "System.Exception: no\n   at Hook.Handle() in C:\\hook\\Hook.cs:line 12",
            "{\"stack\":\"TypeError: x\\n    at verify (file:///app/hook.mjs:3:9)\"}",
            "thread 'main' panicked at src/main.rs:3:5:\nboom",
        ] {
            assert!(is_trace(text), "{text}");
        }
        for text in [
            "",
            "ok",
            "refused",
            "{\"error\":\"no JSON at line 1, column 4\"}",
            "Look at the docs: https://example.com/errors.html",
            "<h1>Not found</h1><p>at example.com</p>",
            "at noon: {\"a\":1}",
        ] {
            assert!(!is_trace(text), "{text}");
        }
    }
}
