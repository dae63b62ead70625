//! Times and durations: a time that was read is written as it stood.

use std::time::Duration;

use hookproof::moment::{self, Form};
use jiff::SignedDuration;

use super::input::now;

pub(crate) fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Some((at, form)) = moment::read(text) {
        let written = moment::write(at, &form);
        let (again, same) = moment::read(&written).expect("a time that was written");
        assert_eq!((&same, again), (&form, moment::cut(at, &form)), "{written}");
        assert_eq!(moment::write(again, &form), written);
        assert_eq!(moment::cut(again, &form), again);
        let leading_zeros = matches!(form, Form::Seconds | Form::Milliseconds) && text.starts_with('0');
        assert!(written.len() <= text.len().max(10) || leading_zeros, "{written}");
        moment::write(moment::shift(at, SignedDuration::MAX), &form);
        moment::write(moment::shift(at, SignedDuration::from_millis(-86_400_123)), &form);
    }
    if let Ok(at) = moment::parse_user(text) {
        assert_eq!(moment::parse_user(&moment::utc_micros(at)).map(moment::utc), Ok(moment::utc(at)));
    }
    for read in [moment::duration, moment::pause, moment::time_limit] {
        if let Err(message) = read(text) {
            assert!(message.len() <= text.len() + 100);
        }
    }
    assert!(
        moment::pause(text).is_ok_and(|pause| pause <= Duration::from_secs(31_536_000)) || moment::pause(text).is_err()
    );
    let _ = moment::retry_after(text, now());
}
