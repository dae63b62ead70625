//! Whether the machine's time can be right.

use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, Zoned};

use super::{Check, Finding};

/// A catalog is read again every few months; a clock so many years ahead of it is wrong, or the program is very old.
const YEARS: i16 = 10;

/// The time now, held against the day on which a provider's page was last read.
pub fn clock(now: Timestamp, zone: &TimeZone, newest: Option<Date>) -> Finding {
    let local = now.to_zoned(zone.clone());
    let shown = format!("{} {}", local.strftime("%Y-%m-%d %H:%M:%S"), zone_word(&local));
    let Some(newest) = newest else { return Finding::ok(Check::Clock, format!("it is {shown}")) };
    // It may be yesterday still where the clock is.
    let today = Offset::UTC.to_datetime(now).date();
    let is_before = newest.yesterday().is_ok_and(|eve| today < eve);
    let is_far_after = today.year() - newest.year() > YEARS;
    if !is_before && !is_far_after {
        return Finding::ok(Check::Clock, format!("it is {shown}"));
    }
    let (what, hint) =
        if is_before { ("before", "") } else { ("years after", ", or get a newer hookproof where it is right") };
    Finding::fault(Check::Clock, "clock-wrong", format!("the clock says {shown}, {what} the catalog of {newest}"))
        .hinting(format!("set the clock{hint}: signatures with a timestamp are stale or early by a wrong one"))
}

/// `Europe/Berlin (+01:00)`, `UTC`.
fn zone_word(local: &Zoned) -> String {
    let offset = local.strftime("%:z");
    match local.time_zone().iana_name() {
        Some("UTC" | "Etc/UTC") => "UTC".to_string(),
        Some(name) => format!("{name} ({offset})"),
        None => offset.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use jiff::tz::{TimeZone, offset};

    use super::clock;
    use crate::diagnosis::State;

    #[test]
    fn a_clock_is_sane_from_the_catalogs_eve_for_ten_years() {
        let check = |now: &str, expected: State| {
            let finding = clock(now.parse().unwrap(), &TimeZone::UTC, Some(date(2026, 11, 20)));
            assert_eq!(finding.state, expected, "{now}: {}", finding.found);
            assert_eq!(finding.hint.is_some(), expected == State::Fault, "{now}");
        };
        check("1970-01-01T00:00:10Z", State::Fault);
        check("2026-11-18T23:59:59Z", State::Fault);
        check("2026-11-19T00:00:00Z", State::Ok);
        check("2026-11-21T00:00:00Z", State::Ok);
        check("2036-12-31T00:00:00Z", State::Ok);
        check("2037-01-01T00:00:00Z", State::Fault);
    }

    #[test]
    fn the_zone_is_told() {
        let check = |zone: TimeZone, expected: &str| {
            let finding = clock("2026-11-21T15:00:00Z".parse().unwrap(), &zone, None);
            assert_eq!(finding.found, format!("it is {expected}"));
        };
        check(TimeZone::UTC, "2026-11-21 15:00:00 UTC");
        check(TimeZone::fixed(offset(-3)), "2026-11-21 12:00:00 -03:00");
        check(TimeZone::posix("EST5EDT,M3.2.0,M11.1.0").unwrap(), "2026-11-21 10:00:00 -05:00");
    }
}
