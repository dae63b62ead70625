//! Timestamps of schemes: how each is written, and whether it is too old or too early.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::Remark;
use crate::catalog::{Stamp, StampType, Unit};
use crate::json::Kind;
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

/// A timestamp as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Written {
    /// Its text.
    pub(super) text: String,
    /// The kind of JSON value, for one in a body.
    pub(super) kind: Option<Kind>,
}

impl Written {
    /// A timestamp that stands in a header.
    pub(super) fn text(text: &str) -> Self {
        Self { text: text.to_string(), kind: None }
    }
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

    /// Reads a timestamp that came, and says what is unusual about it or why it is refused.
    pub(super) fn read_written(&self, written: &Written) -> Result<(Timestamp, Option<Remark>), Remark> {
        let Written { text, kind } = written;
        let shown = words::shorten(text, 40);
        if let (Some(StampType::Number), Some(kind)) = (self.kind, kind)
            && *kind != Kind::Number
        {
            let what = format!("the timestamp `{shown}` is a {} in the body; a number was expected", kind.word());
            return Err(Remark::new("timestamp-type", what));
        }
        // A number of JSON is the same however it is written.
        if *kind == Some(Kind::Number)
            && !is_canonical(text)
            && let Some(at) = self.read_number(text)
        {
            return Ok((at, Some(Remark::new("timestamp-number", format!("the timestamp is written `{shown}`")))));
        }
        self.read(text).map(|at| (at, None)).map_err(|reason| Remark::new("timestamp-form", reason))
    }

    /// Reads a number of JSON with a fraction or an exponent.
    fn read_number(&self, text: &str) -> Option<Timestamp> {
        let scale = match self.unit {
            Unit::Seconds => 1_000.0,
            Unit::Milliseconds => 1.0,
            Unit::Iso8601 => return None,
        };
        let milliseconds = (text.parse::<f64>().ok()? * scale).floor();
        // Beyond this a float has no milliseconds any more.
        if !(0.0..9e15).contains(&milliseconds) {
            return None;
        }
        #[expect(clippy::cast_possible_truncation, reason = "it is whole and in range")]
        Timestamp::from_millisecond(milliseconds as i64).ok()
    }

    /// Reads a time as the scheme writes it. Digits count only as a number is written: the libraries compute the
    /// signature over the number that they read, so a sign or a zero before it changes what is signed.
    pub fn read(&self, text: &str) -> Result<Timestamp, String> {
        let number = || text.parse::<i64>().ok().filter(|_| is_canonical(text));
        let read = match self.unit {
            Unit::Seconds => number().and_then(|number| Timestamp::from_second(number).ok()),
            Unit::Milliseconds => number().and_then(|number| Timestamp::from_millisecond(number).ok()),
            Unit::Iso8601 => text.parse().ok(),
        };
        let expected = match self.unit {
            Unit::Seconds if is_of_milliseconds(text) => "it is in milliseconds, seconds since 1970 were expected",
            Unit::Seconds => "seconds since 1970 were expected",
            Unit::Milliseconds => "milliseconds since 1970 were expected",
            Unit::Iso8601 => "a time like 2026-06-01T17:45:12Z was expected",
        };
        read.ok_or_else(|| format!("the timestamp is `{}`; {expected}", words::shorten(text, 40)))
    }

    /// Returns true if no age is documented or asked for, so that any ASCII text counts as it came.
    pub(super) fn takes_any_text(&self, written: &Written, tolerance: Tolerance) -> bool {
        let is_ageless = self.past.is_none() && self.future.is_none();
        is_ageless && written.kind.is_none() && written.text.is_ascii() && !self.is_judged(tolerance)
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

/// Whether digits are the milliseconds of one of our days.
fn is_of_milliseconds(text: &str) -> bool {
    let at = text.parse().ok().and_then(|number| Timestamp::from_millisecond(number).ok());
    at.is_some_and(|at| (2000..2100).contains(&at.to_zoned(TimeZone::UTC).year()))
}

/// Returns true for digits without a sign and without zeros before them.
fn is_canonical(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'))
}

/// Whether the milliseconds of a time, read as seconds, are one of our days.
fn is_of_seconds(at: Timestamp) -> bool {
    Timestamp::from_second(at.as_millisecond())
        .is_ok_and(|at| (2000..2100).contains(&at.to_zoned(TimeZone::UTC).year()))
}

#[cfg(test)]
mod tests {
    use super::{Tolerance, Written};
    use crate::catalog::{Stamp, StampType, Unit};
    use crate::json::Kind;

    fn stamp(unit: Unit, past: Option<u64>, future: Option<u64>) -> Stamp {
        Stamp { header: None, body: None, item: Some("t".into()), kind: None, unit, past, future, advisory: Vec::new() }
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
        let read = stamp(Unit::Seconds, None, None).read("1780000000000");
        assert!(read.unwrap_err().contains("it is in milliseconds"));
    }

    #[test]
    fn each_unit_is_read_as_it_is_written() {
        let at = "2026-06-01T17:45:12Z".parse().unwrap();
        for unit in [Unit::Seconds, Unit::Milliseconds, Unit::Iso8601] {
            let stamp = stamp(unit, None, None);
            assert_eq!(stamp.read(&stamp.write(at)), Ok(at));
            for broken in ["", "x", "1.5", "99999999999999999999", "2026-06-01", "+5", "-5", "05", "00", " 5", "5 "] {
                assert!(stamp.read(broken).is_err(), "{unit:?} {broken}");
            }
        }
    }

    #[test]
    fn a_timestamp_in_a_body_is_a_number_where_the_scheme_says_so() {
        let stamp = Stamp { kind: Some(StampType::Number), ..stamp(Unit::Milliseconds, None, None) };
        let check = |text: &str, kind: Kind, expected: Result<Option<&str>, &str>| {
            let read = stamp.read_written(&Written { text: text.to_string(), kind: Some(kind) });
            let read = read.map(|(at, remark)| (at.as_millisecond(), remark.map(|remark| remark.code)));
            let expected = expected.map(|code| (1_750_000_000_000, code));
            assert_eq!(read.map_err(|remark| remark.code), expected, "{text} {kind:?}");
        };
        check("1750000000000", Kind::Number, Ok(None));
        check("1750000000000.0", Kind::Number, Ok(Some("timestamp-number")));
        check("1.75e12", Kind::Number, Ok(Some("timestamp-number")));
        check("1750000000000", Kind::String, Err("timestamp-type"));
        check("true", Kind::Literal, Err("timestamp-type"));
        check("-1750000000000.0", Kind::Number, Err("timestamp-form"));
        check("1e99", Kind::Number, Err("timestamp-form"));
    }
}
