//! A number that the receiver's work moves, such as how many rows there are: read before a case and after it.

use std::time::{Duration, Instant};

use reqwest::Url;

use crate::error::Error;
use crate::json::{Document, Kind};
use crate::message::{Delivery, Headers};
use crate::path::Path;
use crate::secret::Keyring;
use crate::target;
use crate::transport::{SendOptions, Sender};
use crate::words;

/// How long reading it once may take.
const LIMIT: Duration = Duration::from_secs(10);
/// How long the first effect may take to show.
pub(super) const FIRST: Duration = Duration::from_secs(5);
/// How long every further one is waited for, at least and at most.
const SETTLE: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(2));
/// How long lies between two readings.
const PAUSE: Duration = Duration::from_millis(20);

/// Where the number is read, and what is known of it.
pub(super) struct Counter {
    source: Source,
    at: Option<Path>,
    /// By how much one delivery moves it.
    step: i64,
    /// How long an effect is waited for.
    settle: Duration,
    /// What is shown of it nowhere.
    keyring: Keyring,
}

enum Source {
    Address(String, Box<Sender>),
    Command(String),
}

impl Counter {
    /// A number at an address, or one that a shell command prints.
    pub(super) fn new(source: &str, at: Option<&Path>, options: &SendOptions, keyring: Keyring) -> Result<Self, Error> {
        if source.trim().is_empty() {
            return Err(Error::usage("--probe is empty", "give an address, http://..., or a shell command"));
        }
        let source = match source.parse::<Url>() {
            Ok(url) if matches!(url.scheme(), "http" | "https") => {
                let options = SendOptions { timeout: LIMIT, ..options.clone() };
                Source::Address(source.to_string(), Box::new(Sender::new(&url, &options)?))
            }
            _ => Source::Command(source.to_string()),
        };
        Ok(Self { source, at: at.cloned(), step: 0, settle: SETTLE.0, keyring })
    }

    /// The number as it is now.
    pub(super) async fn read(&self) -> Result<i64, Error> {
        let (name, text) = match &self.source {
            Source::Address(address, sender) => (target::without_password(address), fetched(sender).await),
            Source::Command(command) => (command.clone(), printed(command).await),
        };
        // A secret is taken out before anything is cut, so that none is cut in two.
        let quiet = |text: String| String::from_utf8_lossy(&self.keyring.redact(text.as_bytes())).into_owned();
        let odd = |what: String| Error::Untestable {
            message: format!("--probe {}: {}", words::shorten(&quiet(name.clone()), 200), words::shorten(&what, 300)),
            hint: Some(match &self.source {
                Source::Address(..) => "it has to give a number, or JSON that holds one at --probe-path".to_string(),
                Source::Command(_) => "as a shell command it has to print a number, or JSON that holds one at \
                     --probe-path; an address begins with http://"
                    .to_string(),
            }),
        };
        let text = text.map(quiet).map_err(|what| odd(quiet(what)))?;
        number(&text, self.at.as_ref()).map_err(odd)
    }

    /// The number once it no longer moves: what came before may still be at work.
    pub(super) async fn still(&self, limit: Duration) -> Result<i64, Error> {
        let begun = Instant::now();
        let mut last = self.read().await?;
        loop {
            let now = self.moved_from(last, self.settle).await?;
            if now == last {
                return Ok(now);
            }
            if begun.elapsed() >= limit {
                return Err(Error::Untestable {
                    message: format!(
                        "--probe: the number does not stand still: within {} it went on moving, to {now}",
                        words::elapsed(limit)
                    ),
                    hint: Some("it has to be one that nothing but these deliveries moves".to_string()),
                });
            }
            last = now;
        }
    }

    /// Waits for effects as long as it ever does; how long it waited before.
    pub(super) fn wait_longest(&mut self) -> Duration {
        std::mem::replace(&mut self.settle, SETTLE.1)
    }

    /// Waits so long for effects.
    pub(super) fn wait_for(&mut self, settle: Duration) {
        self.settle = settle;
    }

    /// Learns from a delivery that was accepted by how much one moves the number, and how long that takes.
    pub(super) async fn learn(&mut self, before: i64) -> Result<(), Error> {
        let begun = Instant::now();
        let after = self.moved_from(before, FIRST).await?;
        self.settle = (begun.elapsed() * 2).clamp(SETTLE.0, SETTLE.1);
        // What one delivery does may take several steps.
        tokio::time::sleep(self.settle).await;
        let after = self.read().await?.max(after);
        self.step = after - before;
        if self.step > 0 {
            return Ok(());
        }
        Err(Error::Untestable {
            message: format!("--probe: the number stayed {before} after a delivery that was accepted"),
            hint: Some("choose with --events an event that moves it, or with --body bytes that did not come before; only then is anything proved by it".to_string()),
        })
    }

    /// The number after so many deliveries' worth of work, and what is to be said where it went beyond. What is to
    /// come is waited for.
    pub(super) async fn excess(&self, before: i64, deliveries: i64) -> Result<(i64, Option<String>), Error> {
        let wanted = before + self.step * deliveries;
        let begun = Instant::now();
        while self.read().await? < wanted && begun.elapsed() < FIRST {
            tokio::time::sleep(PAUSE).await;
        }
        let after = self.moved_from(wanted, self.settle).await?;
        let what = format!("the number went from {before} to {after}, where one delivery adds {}", self.step);
        Ok((after, (after > wanted).then_some(what)))
    }

    /// The number once it is another, or when the time is up.
    async fn moved_from(&self, before: i64, limit: Duration) -> Result<i64, Error> {
        let begun = Instant::now();
        loop {
            let now = self.read().await?;
            if now != before || begun.elapsed() >= limit {
                return Ok(now);
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

async fn fetched(sender: &Sender) -> Result<String, String> {
    let delivery =
        Delivery { method: "GET".to_string(), target: String::new(), headers: Headers::default(), body: Vec::new() };
    let answer = sender.send(&delivery).await.map_err(|error| error.to_string())?;
    match answer.status {
        200..=299 => Ok(String::from_utf8_lossy(&answer.body).into_owned()),
        status => Err(format!("it answered {status}")),
    }
}

async fn printed(command: &str) -> Result<String, String> {
    let shell = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
    let mut child = tokio::process::Command::new(shell.0);
    child.arg(shell.1).arg(command).stdin(std::process::Stdio::null()).kill_on_drop(true);
    let output = tokio::time::timeout(LIMIT, child.output()).await;
    let output = output.map_err(|_| format!("it took longer than {}", words::elapsed(LIMIT)))?;
    let output = output.map_err(|error| format!("it can't be run: {error}"))?;
    if !output.status.success() {
        let said = words::printable(String::from_utf8_lossy(&output.stderr).trim(), words::Lines::Escape);
        return Err(format!("it failed ({}): {said}", output.status));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The whole number that a text is, or holds at a path.
fn number(text: &str, at: Option<&Path>) -> Result<i64, String> {
    let shown = || words::shorten(&words::printable(text.trim(), words::Lines::Escape), 80);
    let document = Document::parse(text.trim()).map_err(|_| format!("`{}` is no number", shown()))?;
    let found = match at {
        Some(path) => document.find(path).ok_or_else(|| format!("`{}` has nothing at {path}", shown()))?,
        None => document.find(&Path(Vec::new())).ok_or_else(|| format!("`{}` is no number", shown()))?,
    };
    let is_scalar = matches!(document.kind(found), Kind::Number | Kind::String);
    let value = document.scalar(found).filter(|_| is_scalar).unwrap_or_default();
    value.parse().map_err(|_| format!("`{}` is no whole number", shown()))
}

#[cfg(test)]
mod tests {
    use super::number;
    use crate::path::Path;

    #[test]
    fn a_number_stands_alone_or_at_a_path() {
        let at = |text: &str| Path::parse(text).unwrap();
        assert_eq!(number(" 12\n", None), Ok(12));
        assert_eq!(number("\"12\"", None), Ok(12));
        assert_eq!(number(r#"{"a":{"processed":7}}"#, Some(&at("a.processed"))), Ok(7));
        for (text, path) in [
            ("", None),
            ("12 rows", None),
            ("1.5", None),
            ("[]", None),
            ("{\"a\":1}", None),
            ("{\"a\":1}", Some(at("b"))),
        ] {
            assert!(number(text, path.as_ref()).is_err(), "{text}");
        }
    }
}
