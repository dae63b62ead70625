//! When the deliveries of a load are due.
//!
//! Each has its time from the beginning on, so a late one makes no other late. The event loop's timer counts in
//! milliseconds, which are too coarse for thousands a second, so a thread of its own sleeps until each is due.

use std::str::FromStr;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

/// The thread looks this often whether it is still wanted.
const NAP: Duration = Duration::from_millis(100);

/// More in a second are none that anybody keeps.
const HIGHEST: f64 = 1e6;

/// How many go out in a time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    per_second: f64,
}

impl Rate {
    /// How many a second.
    pub fn per_second(self) -> f64 {
        self.per_second
    }

    /// How long after the first one this one is due.
    fn after(self, index: u64) -> Duration {
        #[expect(clippy::cast_precision_loss, reason = "nobody waits for 2^53 deliveries")]
        let seconds = index as f64 / self.per_second;
        Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
    }

    /// How many are due after so long.
    pub fn due(self, elapsed: Duration) -> u64 {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "time is not negative")]
        let due = (elapsed.as_secs_f64() * self.per_second) as u64;
        due.saturating_add(1)
    }
}

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bad = || format!("`{text}` is no rate; write one like 200/s or 90/m");
        let (number, unit) = text.split_once('/').ok_or_else(bad)?;
        let seconds = match unit {
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            _ => return Err(bad()),
        };
        let number: f64 = number.parse().map_err(|_| bad())?;
        if !(number.is_finite() && number > 0.0) {
            return Err(bad());
        }
        let per_second = number / seconds;
        if per_second > HIGHEST {
            return Err(format!("`{text}` is more than {HIGHEST} a second, which can't be kept"));
        }
        Ok(Self { per_second })
    }
}

/// Lets deliveries go when they are due.
#[derive(Debug)]
pub(super) struct Pace {
    rate: Rate,
    begun: Instant,
    due: Arc<Semaphore>,
}

impl Pace {
    /// Begins now.
    pub(super) fn start(rate: Rate) -> Self {
        let pace = Self { rate, begun: Instant::now(), due: Arc::new(Semaphore::new(0)) };
        let (begun, due) = (pace.begun, Arc::downgrade(&pace.due));
        thread::spawn(move || {
            let mut released: u64 = 0;
            while let Some(gate) = due.upgrade().filter(|gate| !gate.is_closed()) {
                let elapsed = begun.elapsed();
                let now = rate.due(elapsed).saturating_sub(released);
                gate.add_permits(usize::try_from(now).unwrap_or(usize::MAX).min(Semaphore::MAX_PERMITS >> 8));
                released += now;
                drop(gate);
                thread::sleep(rate.after(released).saturating_sub(begun.elapsed()).min(NAP));
            }
        });
        pace
    }

    /// Waits until the next one is due; false once there is none any more.
    pub(super) async fn wait(&self) -> bool {
        match self.due.acquire().await {
            Ok(permit) => {
                permit.forget();
                true
            }
            Err(_) => false,
        }
    }

    /// When this one is due.
    pub(super) fn due(&self, index: u64) -> Instant {
        self.begun.checked_add(self.rate.after(index)).unwrap_or(self.begun)
    }

    /// Lets no more go.
    pub(super) fn stop(&self) {
        self.due.close();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Rate;

    #[test]
    fn a_rate_names_its_unit() {
        let check = |text: &str, expected: f64| {
            let rate: Rate = text.parse().unwrap();
            assert!((rate.per_second() - expected).abs() < 1e-9, "{text}");
        };
        check("200/s", 200.0);
        check("90/m", 1.5);
        check("0.5/s", 0.5);
        check("36/h", 0.01);
        for text in ["1e7/s", "1e300/h", "", "200", "/s", "0/s", "-1/s", "200/d", "inf/s", "NaN/s", "200 /s", "s/200"] {
            assert!(text.parse::<Rate>().is_err(), "{text}");
        }
    }

    #[test]
    fn each_is_due_at_its_own_time() {
        let rate: Rate = "2000/s".parse().unwrap();
        assert_eq!(rate.after(0), Duration::ZERO);
        assert_eq!(rate.after(2_000_000), Duration::from_secs(1000));
        assert_eq!(rate.due(Duration::ZERO), 1);
        assert_eq!(rate.due(Duration::from_secs(1)), 2001);
    }
}
