//! The filters of `history`, as they are typed.

use std::time::Duration;

use clap::Args;
use clap::builder::PossibleValuesParser;
use jiff::{SignedDuration, Timestamp};
use wildmatch::WildMatch;

use crate::commands::input;
use crate::journal::Filter;
use crate::moment;
use crate::path::Path;
use crate::signature::Verdict;

/// Which entries are wanted.
#[derive(Clone, Debug, Args)]
#[group(id = "filters", multiple = true)]
pub(in crate::commands) struct FilterArgs {
    /// Only this event, PROVIDER/EVENT or provider; repeatable
    #[arg(long = "event", value_name = "GLOB")]
    events: Vec<String>,
    /// Only this verdict; repeatable
    #[arg(long = "verdict", value_name = "VERDICT", value_parser = PossibleValuesParser::new(Verdict::ALL.map(Verdict::name)))]
    verdicts: Vec<String>,
    /// Only this delivery, by its own id; repeatable
    #[arg(long = "id", value_name = "DELIVERY_ID")]
    delivery_ids: Vec<String>,
    /// Only what came then or later: RFC 3339, Unix seconds, or so long ago
    #[arg(long, value_name = "TIME|DURATION", value_parser = moment_or_ago)]
    since: Option<When>,
    /// Only what came then or earlier
    #[arg(long, value_name = "TIME|DURATION", value_parser = moment_or_ago)]
    until: Option<When>,
    /// Only with this header; repeatable, and all must be there
    #[arg(long = "header", value_name = "NAME: GLOB", value_parser = header_glob)]
    headers: Vec<(String, WildMatch)>,
    /// Only with this value at a path of the body, strings without quotes; repeatable, and all must be there
    #[arg(long = "where", value_name = "PATH=VALUE", value_parser = value_at)]
    values: Vec<(Path, String)>,
}

/// A moment as the user names it.
#[derive(Clone, Copy, Debug)]
enum When {
    At(Timestamp),
    Ago(Duration),
}

impl When {
    fn at(self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(at) => at,
            Self::Ago(time) => SignedDuration::try_from(time).map_or(Timestamp::MIN, |time| moment::shift(now, -time)),
        }
    }
}

fn moment_or_ago(text: &str) -> Result<When, String> {
    let ago = input::duration(text).map(When::Ago);
    ago.or_else(|_| input::time(text).map(When::At).map_err(|error| format!("{error}, nor a duration like 10m")))
}

fn header_glob(text: &str) -> Result<(String, WildMatch), String> {
    let (name, glob) = text
        .split_once(':')
        .ok_or_else(|| format!("`{text}` names no value; write it `NAME: GLOB`, where the glob `*` takes any value"))?;
    Ok((name.trim().to_string(), WildMatch::new(glob.trim())))
}

fn value_at(text: &str) -> Result<(Path, String), String> {
    let (path, value) = Path::split_assignment(text).ok_or_else(|| format!("`{text}` has no `=`"))?;
    let path = Path::parse(path).map_err(|error| error.to_string())?;
    Ok((path, value.to_string()))
}

impl FilterArgs {
    pub(in crate::commands) fn is_empty(&self) -> bool {
        self.events.is_empty()
            && self.verdicts.is_empty()
            && self.delivery_ids.is_empty()
            && self.since.is_none()
            && self.until.is_none()
            && self.headers.is_empty()
            && self.values.is_empty()
    }

    /// What is asked for, as it is typed.
    pub(in crate::commands) fn words(&self) -> Vec<String> {
        let of = |name: &str, values: &[String]| -> Vec<String> {
            values.iter().map(|value| format!("--{name} {value}")).collect()
        };
        let names: Vec<String> = self.headers.iter().map(|(name, glob)| format!("{name}: {glob}")).collect();
        let values: Vec<String> = self.values.iter().map(|(path, value)| format!("{path}={value}")).collect();
        let times = [("--since", self.since), ("--until", self.until)];
        let times = times.into_iter().filter(|(_, when)| when.is_some()).map(|(name, _)| name.to_string());
        let given = [("event", &self.events), ("verdict", &self.verdicts), ("id", &self.delivery_ids)];
        let given = given.into_iter().chain([("header", &names), ("where", &values)]);
        given.flat_map(|(name, values)| of(name, values)).chain(times).collect()
    }

    pub(in crate::commands) fn filter(&self, now: Timestamp) -> Filter {
        Filter {
            events: self.events.iter().map(|glob| WildMatch::new(glob)).collect(),
            verdicts: self.verdicts.clone(),
            delivery_ids: self.delivery_ids.clone(),
            since: self.since.map(|when| when.at(now)),
            until: self.until.map(|when| when.at(now)),
            headers: self.headers.clone(),
            values: self.values.clone(),
        }
    }
}
