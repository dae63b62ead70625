//! Deliveries that are waited for: patterns with how many of each, what has come of them, and what came instead.

use wildmatch::WildMatch;

use crate::catalog::{Catalog, Provider, SelectError};
use crate::identify::Identified;
use crate::inspect::Inspected;
use crate::signature::Verdict;
use crate::words;

/// Kinds of other deliveries that are counted apart; a sender can make up names without end.
const KINDS: usize = 50;
/// Characters of a name, which the sender chose.
const LABEL: usize = 200;
/// A longer name is matched by no pattern, in bytes.
const NAME: usize = 1_000;

/// Why a pattern can't be waited for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExpectError {
    /// The count is none.
    #[error("`{typed}` waits for nothing: the count behind the last `*` is a number from 1 on")]
    Count {
        /// What was typed.
        typed: String,
    },
    /// The folder that has the provider or event is broken.
    #[error(transparent)]
    LeftOut(#[from] SelectError),
    /// No event can match.
    #[error("no event{} is called `{typed}`, so it would never come", whose.as_ref().map(|id| format!(" of {id}")).unwrap_or_default())]
    Unknown {
        /// The pattern without its count.
        typed: String,
        /// The provider whose deliveries come.
        whose: Option<String>,
        /// What is near.
        near: Option<String>,
    },
}

impl ExpectError {
    /// What to type next.
    pub fn hint(&self) -> String {
        match self {
            Self::LeftOut(error) => error.hint(),
            Self::Unknown { near: Some(near), .. } => format!("did you mean '{near}'?"),
            Self::Unknown { .. } => {
                "`hookproof events` lists them; where a provider's are not cataloged write PROVIDER/EVENT".to_string()
            }
            Self::Count { .. } => {
                "write 'form.submitted*2' for two of them, 'form.**2' for two of any form event".to_string()
            }
        }
    }
}

/// A name or glob that stands for events, with or without their provider's name.
#[derive(Clone, Debug)]
pub struct EventGlob {
    /// As it was typed; a provider's name alone stands for all of its events.
    pub text: String,
    glob: WildMatch,
}

impl EventGlob {
    /// Reads it; one that no event of the catalog, or of the provider whose deliveries come, can match is an error.
    pub fn read(typed: &str, catalog: &Catalog, only: Option<&Provider>) -> Result<Self, ExpectError> {
        let read = Self::of(typed, catalog);
        if can_come(&read.text, catalog, only) {
            return Ok(read);
        }
        if let Some(error) = catalog.needs_left_out(&read.text) {
            return Err(error.into());
        }
        let near = near(&read.text, catalog, only);
        Err(ExpectError::Unknown { typed: read.text, whose: only.map(|provider| provider.id.clone()), near })
    }

    fn of(typed: &str, catalog: &Catalog) -> Self {
        let is_provider = catalog.provider(typed.strip_suffix('/').unwrap_or(typed)).is_some();
        let text = if is_provider { format!("{}/*", typed.trim_end_matches('/')) } else { typed.to_string() };
        Self { glob: WildMatch::new(&text), text }
    }

    /// Whether a delivery may be one of these events.
    pub fn takes(&self, identified: &Identified<'_>) -> bool {
        let id = identified.provider.map(|provider| provider.id.as_str()).unwrap_or_default();
        let is_it =
            |name: &str| name.len() <= NAME && (self.glob.matches(name) || self.glob.matches(&format!("{id}/{name}")));
        if identified.events.is_empty() { is_it("") } else { identified.events.iter().any(|name| is_it(name)) }
    }
}

/// A pattern, and how many deliveries of it are wanted.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// As it was typed, without its count.
    pub pattern: String,
    events: EventGlob,
    /// How many.
    pub count: u64,
    /// How many have come.
    pub came: u64,
}

/// A kind of delivery that counts for nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instead {
    /// What it is.
    pub label: String,
    /// What its signature proved.
    pub verdict: Verdict,
    /// How many came.
    pub count: u64,
    /// Whether it would have counted with another verdict.
    pub is_meant: bool,
}

/// A delivery that ends the waiting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spoiler {
    /// What it is.
    pub label: String,
    /// What its signature proved.
    pub verdict: Verdict,
    /// Why.
    pub reason: String,
}

/// Whether a delivery whose signature is wrong ends the waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnInvalid {
    /// It does.
    Fail,
    /// It does not.
    GoOn,
}

/// All that is waited for, and what has come of it.
#[derive(Clone, Debug)]
pub struct Expected {
    /// The patterns, in the order they were given.
    pub wanted: Vec<Wanted>,
    /// The verdicts that count.
    allowed: Vec<Verdict>,
    on_invalid: OnInvalid,
    /// What came and counts for nothing.
    pub instead: Vec<Instead>,
    /// How many came of further kinds.
    pub others: u64,
    /// What ended the waiting.
    pub spoiler: Option<Spoiler>,
}

impl Wanted {
    /// Reads `form.submitted`, `form.*`, `superfolio/form.submitted*2`: the number behind the last `*` is the count.
    /// A pattern that no event of the catalog, or of the provider whose deliveries come, can match is an error.
    pub fn read(typed: &str, catalog: &Catalog, only: Option<&Provider>) -> Result<Self, ExpectError> {
        let is_count = |(_, digits): &(&str, &str)| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        let (pattern, digits) = typed.rsplit_once('*').filter(is_count).unwrap_or((typed, "1"));
        let fail = || ExpectError::Count { typed: typed.to_string() };
        let count = digits.parse().ok().filter(|count| *count > 0).ok_or_else(fail)?;
        let events = EventGlob::of(pattern, catalog);
        let pattern = events.text.clone();
        if !can_come(&pattern, catalog, only) {
            if let Some(error) = catalog.needs_left_out(&pattern) {
                return Err(error.into());
            }
            let globbed = Some(format!("{pattern}*")).filter(|glob| typed != pattern && can_come(glob, catalog, only));
            let near = globbed.map(|glob| format!("{glob}*{digits}")).or_else(|| near(&pattern, catalog, only));
            return Err(ExpectError::Unknown { typed: pattern, whose: only.map(|provider| provider.id.clone()), near });
        }
        Ok(Self { pattern, events, count, came: 0 })
    }

    fn is_open(&self) -> bool {
        self.came < self.count
    }
}

fn providers<'a>(catalog: &'a Catalog, only: Option<&'a Provider>) -> impl Iterator<Item = &'a Provider> {
    catalog.providers.iter().filter(move |provider| only.is_none_or(|only| only.id == provider.id))
}

/// Whether any delivery can match.
fn can_come(pattern: &str, catalog: &Catalog, only: Option<&Provider>) -> bool {
    let glob = WildMatch::new(pattern);
    providers(catalog, only).any(|provider| {
        let (id, about) = (&provider.id, &provider.description);
        let is_listed = |name: &String| glob.matches(name) || glob.matches(&format!("{id}/{name}"));
        // Without the provider's name a misspelt event would pass for one that follows a pattern, or that is not cataloged.
        let rest = match pattern.split_once('/') {
            Some((whose, rest)) => WildMatch::new(whose).matches(id).then_some(rest),
            None => only.map(|_| pattern),
        };
        let may_be = |rest: &str| !provider.has_events() || follows(provider, rest);
        about.events.keys().any(is_listed) || rest.is_some_and(may_be)
    })
}

/// Whether a name, or any that a glob stands for, follows a pattern of the provider's.
fn follows(provider: &Provider, glob: &str) -> bool {
    let is_event = |name: &str| provider.event(name, None).is_some_and(|event| !event.is_neutral());
    let patterns = provider.description.pattern.iter();
    let mut names = patterns.flat_map(|pattern| pattern.verbs.keys().map(|verb| pattern.name.replace("{verb}", verb)));
    // Each `*` may stand for the whole name, for what is before or behind the object, or for the object.
    names.any(|name| {
        let (before, after) = name.split_once("{object}").unwrap_or((&name, ""));
        let end = after.trim_start_matches(|c: char| !c.is_alphanumeric());
        let fillers =
            ["", "x", before, after, end, &format!("{before}x"), &format!("x{after}"), &format!("{before}x{after}")];
        fillers.iter().any(|filler| is_event(&glob.replace('*', filler).replace('?', "x")))
    })
}

fn near(pattern: &str, catalog: &Catalog, only: Option<&Provider>) -> Option<String> {
    let bare: Vec<(&str, &String)> =
        providers(catalog, only).flat_map(|p| p.description.events.keys().map(|name| (p.id.as_str(), name))).collect();
    if let Some((name, _)) = pattern.split_once("--").filter(|(name, _)| can_come(name, catalog, only)) {
        // No delivery tells which form of its event it is.
        return Some(name.to_string());
    }
    let full: Vec<String> = bare.iter().map(|(id, name)| format!("{id}/{name}")).collect();
    let owner = catalog.providers.iter().filter(|_| only.is_none()).find(|provider| follows(provider, pattern));
    if let Some(owner) = owner {
        return Some(format!("{}/{pattern}", owner.id));
    }
    let bare = bare.iter().map(|(_, name)| name.as_str());
    let ids = providers(catalog, only).map(|provider| provider.id.as_str());
    let found = if pattern.contains('/') {
        words::nearest(pattern, full.iter().map(String::as_str))
    } else {
        words::nearest(pattern, bare.chain(ids))
    };
    found.map(str::to_string)
}

impl Expected {
    /// Nothing has come yet. A pattern that is given twice is waited for as often as both say.
    pub fn new(given: Vec<Wanted>, allowed: &[Verdict], on_invalid: OnInvalid) -> Self {
        let mut wanted: Vec<Wanted> = Vec::new();
        for one in given {
            match wanted.iter_mut().find(|known| known.pattern == one.pattern) {
                Some(known) => known.count = known.count.saturating_add(one.count),
                None => wanted.push(one),
            }
        }
        let allowed = [&[Verdict::Valid], allowed].concat();
        Self { wanted, allowed, on_invalid, instead: Vec::new(), others: 0, spoiler: None }
    }

    /// Counts a delivery for every pattern that it matches. What comes after the end changes nothing.
    pub fn count(&mut self, inspected: &Inspected<'_>) {
        if self.is_over() {
            return;
        }
        let (identified, verdict) = (&inspected.identified, inspected.judgement.verdict);
        let counts = self.allowed.contains(&verdict);
        let mut is_meant = false;
        for wanted in self.wanted.iter_mut().filter(|wanted| wanted.events.takes(identified)) {
            is_meant = true;
            wanted.came += u64::from(counts);
        }
        if counts && is_meant {
            return;
        }
        let label = words::shorten(&identified.label(), LABEL);
        let is_wrong = matches!(verdict, Verdict::Invalid | Verdict::Stale | Verdict::Missing);
        if is_wrong && !counts && self.on_invalid == OnInvalid::Fail {
            let reason = words::shorten(&inspected.judgement.reason, LABEL);
            self.spoiler = Some(Spoiler { label: label.clone(), verdict, reason });
        }
        self.count_instead(label, verdict, is_meant);
    }

    fn count_instead(&mut self, label: String, verdict: Verdict, is_meant: bool) {
        match self.instead.iter().position(|known| known.label == label && known.verdict == verdict) {
            Some(index) => self.instead[index].count += 1,
            None if self.instead.len() < KINDS => self.instead.push(Instead { label, verdict, count: 1, is_meant }),
            None => self.others += 1,
        }
    }

    /// Whether all has come.
    pub fn is_met(&self) -> bool {
        self.spoiler.is_none() && !self.wanted.iter().any(Wanted::is_open)
    }

    /// Whether there is nothing more to wait for.
    pub fn is_over(&self) -> bool {
        self.spoiler.is_some() || self.is_met()
    }

    /// What has not come.
    pub fn missing(&self) -> impl Iterator<Item = &Wanted> {
        self.wanted.iter().filter(|wanted| wanted.is_open())
    }
}

#[cfg(test)]
mod tests {
    use super::Wanted;
    use crate::catalog::Catalog;

    fn read(typed: &str, only: Option<&str>) -> Result<(String, u64), Option<String>> {
        let catalog = Catalog::built_in().unwrap();
        let only = only.map(|id| catalog.provider(id).unwrap());
        let wanted = Wanted::read(typed, &catalog, only);
        wanted.map(|wanted| (wanted.pattern, wanted.count)).map_err(|error| match error {
            super::ExpectError::Unknown { near, .. } => near,
            super::ExpectError::Count { .. } => Some("count".to_string()),
            super::ExpectError::LeftOut(error) => Some(error.to_string()),
        })
    }

    #[test]
    fn the_number_behind_the_last_star_is_the_count() {
        let check = |typed: &str, pattern: &str, count: u64| {
            assert_eq!(read(typed, None), Ok((pattern.to_string(), count)), "{typed}");
        };
        check("form.submitted", "form.submitted", 1);
        check("form.submitted*2", "form.submitted", 2);
        check("form.*", "form.*", 1);
        check("form.**2", "form.*", 2);
        check("*", "*", 1);
        check("**12", "*", 12);
        check("superfolio", "superfolio/*", 1);
        check("superfolio*3", "superfolio/*", 3);
        check("super*/*.create", "super*/*.create", 1);
        check("stripe/checkout.session.completed*2", "stripe/checkout.session.completed", 2);
        check("superleap/student.create", "superleap/student.create", 1);
        for glob in
            ["superleap/student.*", "superleap/stu*", "superleap/*.create", "superleap/st?dent.update", "superleap/*"]
        {
            check(glob, glob, 1);
        }
        for broken in ["form.submitted*0", "form.submitted*99999999999999999999"] {
            assert_eq!(read(broken, None), Err(Some("count".to_string())), "{broken}");
        }
    }

    #[test]
    fn what_can_never_come_is_an_error_that_says_what_was_meant() {
        let check = |typed: &str, only: Option<&str>, near: Option<&str>| {
            assert_eq!(read(typed, only), Err(near.map(str::to_string)), "{typed}");
        };
        check("form.*2", None, Some("form.**2"));
        check("form.submited*2", None, Some("form.submitted"));
        check("superfolio/form.submited", None, Some("superfolio/form.submitted"));
        check("activity.page_view--tracked", None, Some("activity.page_view"));
        check("student.create", None, Some("superleap/student.create"));
        check("superleap/student.burn", None, None);
        check("checkout.session.completed", None, None);
        check("lead.create", Some("superfolio"), None);
        check("superleap/lead.create", Some("superfolio"), None);
        check("", None, None);
        assert!(read("student.create", Some("superleap")).is_ok());
        assert!(read("push", Some("github")).is_ok());
    }
}
