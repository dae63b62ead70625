//! Moments in time and the forms that bodies write them in; durations as the user writes them.
//!
//! A time that is moved keeps its own form: fraction digits, offset, seconds or milliseconds,
//! date only. Nothing here reads a clock.

use std::time::Duration;

use jiff::civil::Date;
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};

/// How a time is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form {
    /// `2026-06-01T17:45:12.345Z`: digits after the second, the offset and how it is spelt.
    DateTime {
        /// Digits of the fraction of a second.
        fraction: usize,
        /// The offset as a value.
        offset: Offset,
        /// The offset as written: `Z`, `+05:30`, `+0530`.
        spelt: String,
    },
    /// `2026-06-01`
    Date,
    /// Seconds since 1970.
    Seconds,
    /// Milliseconds since 1970.
    Milliseconds,
}

/// Reads a time and its form. A bare number from 100,000,000,000 on is milliseconds.
pub fn read(text: &str) -> Option<(Timestamp, Form)> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let number: i64 = text.parse().ok()?;
        return if number >= 100_000_000_000 {
            Some((Timestamp::from_millisecond(number).ok()?, Form::Milliseconds))
        } else {
            Some((Timestamp::from_second(number).ok()?, Form::Seconds))
        };
    }
    if text.len() == 10 {
        let date: Date = text.parse().ok()?;
        return Some((Offset::UTC.to_timestamp(date.at(0, 0, 0, 0)).ok()?, Form::Date));
    }
    let at: Timestamp = text.parse().ok()?;
    let time_of_day = text.get(19..)?;
    let spelt_at = time_of_day.find(['Z', 'z', '+', '-'])?;
    let spelt = time_of_day[spelt_at..].to_string();
    let fraction = spelt_at.saturating_sub(1);
    Some((at, Form::DateTime { fraction, offset: read_offset(&spelt)?, spelt }))
}

fn read_offset(spelt: &str) -> Option<Offset> {
    if spelt.eq_ignore_ascii_case("z") {
        return Some(Offset::UTC);
    }
    let digits: String = spelt[1..].chars().filter(char::is_ascii_digit).collect();
    let part = |range: std::ops::Range<usize>| digits.get(range).unwrap_or("0").parse::<i32>().ok();
    let seconds = part(0..2)? * 3600 + part(2..4)? * 60;
    Offset::from_seconds(if spelt.starts_with('-') { -seconds } else { seconds }).ok()
}

/// Writes a time in a form; what the form can't hold is cut off, never rounded up.
pub fn write(at: Timestamp, form: &Form) -> String {
    let mut text = String::new();
    write_to(at, form, &mut text);
    text
}

/// As above, to the end of a text: a load of deliveries writes millions.
pub fn write_to(at: Timestamp, form: &Form, out: &mut String) {
    match form {
        Form::Seconds => push_number(at.as_second(), out),
        Form::Milliseconds => push_number(at.as_millisecond(), out),
        Form::Date => push_date(Offset::UTC.to_datetime(at).date(), out),
        Form::DateTime { fraction, offset, spelt } => {
            let local = offset.to_datetime(at);
            push_date(local.date(), out);
            for (mark, part) in [('T', local.hour()), (':', local.minute()), (':', local.second())] {
                out.push(mark);
                push_digits(part.unsigned_abs().into(), 2, out);
            }
            if *fraction > 0 {
                out.push('.');
                let digits = (*fraction).min(FRACTION);
                push_digits(local.subsec_nanosecond().unsigned_abs() / unit(digits), digits, out);
            }
            out.push_str(spelt);
        }
    }
}

/// Digits of a fraction that is exact to the nanosecond.
const FRACTION: usize = 9;

/// The nanoseconds that the last of so many digits of a fraction stands for.
fn unit(digits: usize) -> u32 {
    (digits..FRACTION).fold(1, |unit, _| unit * 10)
}

fn push_date(date: Date, out: &mut String) {
    // Years before our era have a sign and more digits.
    let Ok(year) = u32::try_from(date.year()) else { return out.push_str(&date.to_string()) };
    push_digits(year, 4, out);
    for part in [date.month(), date.day()] {
        out.push('-');
        push_digits(part.unsigned_abs().into(), 2, out);
    }
}

fn push_digits(number: u32, digits: usize, out: &mut String) {
    let digit = |place: usize| number / 10_u32.pow(u32::try_from(place).unwrap_or(0)) % 10;
    out.extend((0..digits).rev().map(|place| char::from(b'0' + u8::try_from(digit(place)).unwrap_or(0))));
}

fn push_number(number: i64, out: &mut String) {
    let _ = std::fmt::Write::write_fmt(out, format_args!("{number}"));
}

/// The time as precisely as the form holds it.
pub fn cut(at: Timestamp, form: &Form) -> Timestamp {
    let cut = match form {
        Form::Seconds => Timestamp::from_second(at.as_second()),
        Form::Milliseconds => Timestamp::from_millisecond(at.as_millisecond()),
        Form::Date => Offset::UTC.to_timestamp(Offset::UTC.to_datetime(at).date().at(0, 0, 0, 0)),
        Form::DateTime { fraction, offset, .. } => {
            let below = offset.to_datetime(at).subsec_nanosecond() % unit((*fraction).min(FRACTION)).cast_signed();
            at.checked_sub(SignedDuration::from_nanos(below.into()))
        }
    };
    cut.unwrap_or(at)
}

/// Moves a time by a distance; one that would leave the calendar stays where it is.
pub fn shift(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(at)
}

/// A time that the user gives: RFC 3339 or Unix seconds, also with a fraction.
pub fn parse_user(text: &str) -> Result<Timestamp, String> {
    let bad = || {
        let milliseconds = text.len() >= 12 && text.bytes().all(|byte| byte.is_ascii_digit());
        let hint = if milliseconds { "; are these milliseconds?" } else { "" };
        format!("`{text}` is neither an RFC 3339 time like 2026-06-01T17:45:12Z nor Unix seconds{hint}")
    };
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(at);
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let seconds: i64 = whole.parse().map_err(|_| bad())?;
    if fraction.len() > 9 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(bad());
    }
    let nanoseconds = format!("{fraction:0<9}").parse::<i32>().map_err(|_| bad())?;
    let sign = if whole.starts_with('-') { -1 } else { 1 };
    Timestamp::new(seconds, sign * nanoseconds).map_err(|_| bad())
}

/// The time in UTC with milliseconds, as our own documents write it.
pub fn utc(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

/// As above, with microseconds.
pub fn utc_micros(at: Timestamp) -> String {
    format!("{at:.6}")
}

/// `500ms`, `3s`, `2m`; a bare number says nothing of its unit and is refused.
pub fn duration(text: &str) -> Result<Duration, String> {
    let bad = || format!("`{text}` is no duration; write one like 500ms, 3s or 2m");
    let units = [("ms", 1.0), ("s", 1_000.0), ("m", 60_000.0), ("h", 3_600_000.0), ("d", 86_400_000.0)];
    let (number, unit) = text.split_at(text.find(|c: char| c.is_ascii_alphabetic()).ok_or_else(bad)?);
    let (_, scale) = units.iter().find(|(name, _)| *name == unit).ok_or_else(bad)?;
    let number: f64 = number.parse().map_err(|_| bad())?;
    if number < 0.0 || text.starts_with(['+', '-']) {
        return Err(bad());
    }
    Duration::try_from_secs_f64(number * scale / 1_000.0).map_err(|_| bad())
}

/// What `Retry-After` asks for: seconds, or the time from now to a date. (RFC 9110, section 10.2.3)
pub fn retry_after(text: &str, now: Timestamp) -> Option<Duration> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // More than fits is as long as can be. (RFC 9111, section 1.2.2)
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    let at = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    Duration::try_from(at.duration_since(now)).ok()
}

/// A duration of a year at most, so that many of them still add up.
pub fn pause(text: &str) -> Result<Duration, String> {
    match duration(text)? {
        pause if pause > Duration::from_secs(31_536_000) => Err("that is longer than a year".to_string()),
        pause => Ok(pause),
    }
}

/// A duration that is longer than nothing.
pub fn time_limit(text: &str) -> Result<Duration, String> {
    match pause(text)? {
        limit if limit.is_zero() => Err("a time limit of nothing lets nothing through; write one like 3s".to_string()),
        limit => Ok(limit),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Form, duration, parse_user, read, retry_after, shift, time_limit, utc, write};
    use jiff::SignedDuration;

    #[test]
    fn a_moved_time_keeps_its_form() {
        let check = |text: &str, expected: &str| {
            let (at, form) = read(text).unwrap_or_else(|| panic!("{text} was not read"));
            assert_eq!(write(at, &form), text, "it is written as it was");
            assert_eq!(write(shift(at, SignedDuration::from_millis(86_400_500)), &form), expected);
        };
        check("2026-06-01T17:45:12.345Z", "2026-06-02T17:45:12.845Z");
        check("2026-06-01T17:45:12Z", "2026-06-02T17:45:12Z");
        check("2026-06-01T17:45:12.000001+05:30", "2026-06-02T17:45:12.500001+05:30");
        check("2026-06-01T17:45:12-0800", "2026-06-02T17:45:12-0800");
        check("2026-06-01", "2026-06-02");
        check("1740126808148", "1740213208648");
        check("1740126808", "1740213208");
    }

    #[test]
    fn other_texts_are_no_times() {
        for text in ["", "hello", "2026-13-01", "2026-06-01 12:00", "12:00", "-5", "1.5"] {
            assert_eq!(read(text), None, "{text}");
        }
        assert!(matches!(read("0"), Some((_, Form::Seconds))));
    }

    #[test]
    fn the_user_gives_rfc_3339_or_seconds() {
        assert_eq!(utc(parse_user("1740126808").unwrap()), "2025-02-21T08:33:28.000Z");
        assert_eq!(utc(parse_user("1740126808.25").unwrap()), "2025-02-21T08:33:28.250Z");
        assert_eq!(utc(parse_user("2025-02-21T09:33:28+01:00").unwrap()), "2025-02-21T08:33:28.000Z");
        assert!(parse_user("tomorrow").is_err());
        assert!(parse_user("1740126808148").unwrap_err().contains("milliseconds"));
    }

    #[test]
    fn a_retry_after_is_seconds_or_a_date() {
        let now = parse_user("1994-11-06T08:49:07Z").unwrap();
        let check =
            |text, seconds: Option<u64>| assert_eq!(retry_after(text, now), seconds.map(Duration::from_secs), "{text}");
        check("120", Some(120));
        check("Sun, 06 Nov 1994 08:49:37 GMT", Some(30));
        check("Sun, 06 Nov 1994 08:48:37 GMT", None);
        check("soon", None);
        check("-1", None);
    }

    #[test]
    fn durations_name_their_unit() {
        let check = |text, millis| assert_eq!(duration(text), Ok(Duration::from_millis(millis)), "{text}");
        check("500ms", 500);
        check("3s", 3_000);
        check("2m", 120_000);
        check("1.5s", 1_500);
        check("2d", 172_800_000);
        for bare in ["3", "", "s", "3 s", "-3s", "3days", "1e400s", "NaNs"] {
            assert!(duration(bare).is_err(), "{bare}");
        }
        assert!(time_limit("0s").is_err() && time_limit("999999h").is_err());
    }
}
