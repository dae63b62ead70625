//! The pauses of a provider's schedule: the lengths that it documents, and ours where it leaves them open.

use std::time::Duration;

use crate::catalog::{MOST_RETRIES, Retries};

/// The first of the pauses that grow, where a provider doesn't tell their lengths. Each is twice the one before, or as
/// much longer as their documented number leaves room for.
pub const FIRST_PAUSE: Duration = Duration::from_secs(60);
/// No pause is longer than a year.
pub const LONGEST: Duration = Duration::from_secs(31_536_000);
/// What pauses grow by where nothing else is said.
pub(super) const DOUBLE: f64 = 2.0;
/// A number of retries and nothing else says that the pauses between them are left open.
fn grows_without_end(retries: &Retries) -> bool {
    retries.growing.is_none()
        && retries.every.is_none()
        && retries.times.is_some_and(|times| times > retries.after.len())
}

/// The pauses, as far as they are told; the lengths of others begin with [`FIRST_PAUSE`] and grow, and by how much.
pub(super) fn pauses(retries: &Retries) -> (Vec<Duration>, Option<f64>) {
    let within = retries.within.map_or(Duration::MAX, |pause| pause.0);
    let most = retries.times.unwrap_or(MOST_RETRIES).min(MOST_RETRIES);
    let mut line = Line { pauses: Vec::new(), at: Duration::ZERO };
    for pause in retries.after.iter().take(most) {
        line.push(pause.0);
    }
    let growing = retries.growing.map(|pause| pause.0).or(grows_without_end(retries).then_some(within));
    let growth = growing.map(|end| line.grow(end.min(within), most, retries.times.map(|times| times.min(most))));
    if let Some(every) = retries.every {
        while line.pauses.len() < most && line.at + every.0 <= within {
            line.push(every.0);
        }
    }
    line.pauses.truncate(most);
    (line.pauses, growth)
}

struct Line {
    pauses: Vec<Duration>,
    /// The time of the last one after the first attempt.
    at: Duration,
}

impl Line {
    fn push(&mut self, pause: Duration) {
        self.pauses.push(pause);
        self.at += pause;
    }

    /// The last of the growing pauses ends with the time that they grow for. Tells by how much they grow.
    fn grow(&mut self, end: Duration, most: usize, times: Option<usize>) -> f64 {
        let span = end.saturating_sub(self.at);
        let number = times.map(|times| times.saturating_sub(self.pauses.len()));
        let growth = number.map_or(DOUBLE, |number| growth(number, span));
        let mut pause = FIRST_PAUSE;
        while self.at < end && self.pauses.len() < most {
            self.push(pause.min(end.saturating_sub(self.at)));
            // Whole milliseconds, so that the same pauses come out everywhere.
            let longer = Duration::try_from_secs_f64(pause.as_secs_f64() * growth).unwrap_or(LONGEST);
            pause = Duration::from_millis(u64::try_from(longer.as_millis()).unwrap_or(u64::MAX));
        }
        if growth < DOUBLE
            && let Some(last) = self.pauses.last_mut()
        {
            // What rounding left over.
            *last += end.saturating_sub(self.at);
            self.at = self.at.max(end);
        }
        growth
    }
}

/// By how much pauses grow of which so many fill a time: twofold at most, as more than fill it would be left out.
fn growth(number: usize, span: Duration) -> f64 {
    let fits = |growth: f64| {
        let lengths = std::iter::successors(Some(FIRST_PAUSE.as_secs_f64()), |pause| Some(pause * growth));
        lengths.take(number).sum::<f64>() <= span.as_secs_f64()
    };
    let (mut low, mut high) = (0.0, DOUBLE);
    if fits(high) {
        return high;
    }
    for _ in 0..50 {
        let middle = f64::midpoint(low, high);
        if fits(middle) { low = middle } else { high = middle }
    }
    low
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{DOUBLE, pauses};

    fn schedule(toml: &str) -> (Vec<Duration>, Option<f64>) {
        pauses(&toml::from_str(toml).expect(toml))
    }

    fn minutes(toml: &str) -> Vec<u64> {
        schedule(toml).0.iter().map(|pause| pause.as_secs() / 60).collect()
    }

    #[test]
    fn documented_pauses_are_kept_and_others_grow_to_the_documented_end() {
        assert_eq!(minutes("after = ['1m', '1h', '6h']"), [1, 60, 360]);
        let day_then_daily = "growing = '24h'\nevery = '24h'\nwithin = '72h'";
        assert_eq!(minutes(day_then_daily), [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 417, 1440, 1440]);
        assert_eq!(schedule(day_then_daily).0.iter().sum::<Duration>(), Duration::from_secs(72 * 3600));
        assert_eq!(schedule(day_then_daily).1, Some(DOUBLE));
        assert_eq!(minutes("times = 4"), [1, 2, 4, 8]);
        assert_eq!(minutes("after = ['0s']\ngrowing = '5m'"), [0, 1, 2, 2]);
        assert_eq!(schedule("after = ['1m']").1, None);
        assert!(schedule("times = 0").0.is_empty());
    }

    #[test]
    fn as_many_go_out_as_are_documented_however_short_the_time() {
        let check = |toml: &str, number, minutes: u64, first: &[u64]| {
            let (pauses, growth) = schedule(toml);
            assert_eq!(pauses.len(), number, "{toml}");
            let length: Duration = pauses.iter().sum();
            assert_eq!(length, Duration::from_secs(minutes * 60), "{toml}");
            let pauses: Vec<u64> = pauses.iter().map(Duration::as_secs).collect();
            assert!(pauses.starts_with(first), "{toml}: {pauses:?}");
            assert!(growth.is_some_and(|growth| growth < DOUBLE), "{toml}");
        };
        check("times = 8\nwithin = '4h'", 8, 240, &[60, 118]);
        check("growing = '72h'\ntimes = 60", 60, 72 * 60, &[60, 66]);
        check("times = 8\nwithin = '10m'", 8, 10, &[60, 63]);
        check("times = 8\nwithin = '4m'", 8, 4, &[60, 47]);
    }
}
