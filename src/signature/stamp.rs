//! Timestamps of schemes: how each is written, and whether it is too old or too early.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::catalog::{Stamp, Unit};
use crate::moment;
use crate::words;

/// How old or early a timestamp may be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tolerance {
    /// As the provider has it.
    #[default]
    Documented,
    /// So many seconds, past and future.
    Seconds(u64),
    /// Any age.
    Off,
}

impl Stamp {
    /// Writes a time as the scheme does.
    pub fn write(&self, at: Timestamp) -> String {
        match self.unit {
            Unit::Seconds => at.as_second().to_string(),
            Unit::Milliseconds => at.as_millisecond().to_string(),
            Unit::Iso8601 => at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        }
    }

    /// Reads a time as the scheme writes it.
    pub fn read(&self, text: &str) -> Result<Timestamp, String> {
        let number = || text.parse::<i64>().ok();
        let read = match self.unit {
            Unit::Seconds => number().and_then(|number| Timestamp::from_second(number).ok()),
            Unit::Milliseconds => number().and_then(|number| Timestamp::from_millisecond(number).ok()),
            Unit::Iso8601 => text.parse().ok(),
        };
        let expected = match self.unit {
            Unit::Seconds => "seconds since 1970 were expected",
            Unit::Milliseconds => "milliseconds since 1970 were expected",
            Unit::Iso8601 => "a time like 2026-06-01T17:45:12Z was expected",
        };
        read.ok_or_else(|| format!("the timestamp is `{}`; {expected}", words::shorten(text, 40)))
    }

    /// Whether a time is judged at all.
    pub(super) fn is_judged(&self, tolerance: Tolerance) -> bool {
        match tolerance {
            Tolerance::Documented => self.past.is_some() || self.future.is_some(),
            Tolerance::Seconds(_) => true,
            Tolerance::Off => false,
        }
    }

    /// Why a time is not right any more, or not yet; nothing where it is.
    pub(super) fn fault(&self, at: Timestamp, now: Timestamp, tolerance: Tolerance) -> Option<String> {
        // What the user tells holds on both sides.
        let bound = |documented: Option<u64>| match tolerance {
            Tolerance::Documented => documented,
            Tolerance::Seconds(seconds) => Some(seconds),
            Tolerance::Off => None,
        };
        let age = now.duration_since(at);
        let (bound, distance, side) = if age.is_negative() {
            (bound(self.future)?, age.abs(), "in the future")
        } else {
            (bound(self.past)?, age, "old")
        };
        let limit = SignedDuration::from_secs(i64::try_from(bound).unwrap_or(i64::MAX));
        (distance > limit).then(|| {
            // Seconds that were read as such and are milliseconds lie some fifty thousand years ahead.
            let unit = match (self.unit, moment::read(&at.as_second().to_string())) {
                (Unit::Seconds, Some((_, moment::Form::Milliseconds))) => "; it seems to be in milliseconds",
                // And milliseconds that were read as such and are seconds lie in January 1970.
                (Unit::Milliseconds, Some(_)) if is_of_seconds(at) => "; it seems to be in seconds",
                _ => "",
            };
            format!("{} {side} (tolerance {}){unit}", words::span(distance), words::span(limit))
        })
    }
}

/// Whether the milliseconds of a time, read as seconds, are one of our days.
fn is_of_seconds(at: Timestamp) -> bool {
    Timestamp::from_second(at.as_millisecond())
        .is_ok_and(|at| (2000..2100).contains(&at.to_zoned(TimeZone::UTC).year()))
}

#[cfg(test)]
mod tests {
    use super::Tolerance;
    use crate::catalog::{Stamp, Unit};

    fn stamp(unit: Unit, past: Option<u64>, future: Option<u64>) -> Stamp {
        Stamp { header: None, body: None, item: Some("t".into()), unit, past, future }
    }

    #[test]
    fn age_is_told_in_its_two_largest_units() {
        let now = "2026-06-05T00:00:00Z".parse().unwrap();
        let fault = |stamp: &Stamp, at: &str, tolerance| stamp.fault(at.parse().unwrap(), now, tolerance);
        let both = stamp(Unit::Seconds, Some(300), Some(300));
        let documented = Tolerance::Documented;
        let old = fault(&both, "2026-06-01T20:00:00Z", documented).unwrap();
        assert_eq!(old, "3 d 4 h old (tolerance 5 min)");
        assert_eq!(fault(&both, "2026-06-04T23:55:00Z", documented), None, "the bound itself is within");
        assert_eq!(fault(&both, "2026-06-05T00:10:00Z", documented).unwrap(), "10 min in the future (tolerance 5 min)");
        let past = stamp(Unit::Seconds, Some(300), None);
        assert_eq!(fault(&past, "2026-06-09T00:00:00Z", documented), None);
        assert!(fault(&past, "2026-06-09T00:00:00Z", Tolerance::Seconds(1)).is_some());
        assert_eq!(fault(&both, "2020-01-01T00:00:00Z", Tolerance::Off), None);
        let any = stamp(Unit::Seconds, None, None);
        assert_eq!(fault(&any, "2020-01-01T00:00:00Z", documented), None);
        assert!(fault(&any, "2020-01-01T00:00:00Z", Tolerance::Seconds(60)).is_some());
    }

    #[test]
    fn a_time_in_the_other_unit_is_told() {
        let now = "2026-06-05T00:00:00Z".parse().unwrap();
        let check = |unit: Unit, text: &str, expected: &str| {
            let stamp = stamp(unit, Some(300), Some(300));
            let fault = stamp.fault(stamp.read(text).unwrap(), now, Tolerance::Documented).unwrap();
            assert!(fault.ends_with(expected), "{fault}");
        };
        check(Unit::Milliseconds, "1780000000", "; it seems to be in seconds");
        check(Unit::Milliseconds, "1600000000000", "(tolerance 5 min)");
        check(Unit::Milliseconds, "15000000", "(tolerance 5 min)");
        check(Unit::Seconds, "1600000000", "(tolerance 5 min)");
    }

    #[test]
    fn each_unit_is_read_as_it_is_written() {
        let at = "2026-06-01T17:45:12Z".parse().unwrap();
        for unit in [Unit::Seconds, Unit::Milliseconds, Unit::Iso8601] {
            let stamp = stamp(unit, None, None);
            assert_eq!(stamp.read(&stamp.write(at)), Ok(at));
            for broken in ["", "x", "1.5", "99999999999999999999", "2026-06-01"] {
                assert!(stamp.read(broken).is_err(), "{unit:?} {broken}");
            }
        }
    }
}
