//! The cases of a check, told: what each sends, what a sound receiver does, and why that matters.
//!
//! Only words and levels; how a case is made is the plan's business.

mod accepts;
mod behaves;
mod garbled;
mod handshakes;
mod hashes;
mod refuses;
mod repeats;
mod reports;
mod survives;
mod tokens;

pub(super) use reports::REPORTS;

/// A case, told.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// Its stable name, for `--only`, `--skip` and `--explain`.
    pub id: &'static str,
    /// What it is about.
    pub family: Family,
    /// How much it counts.
    pub level: Level,
    /// What is proved where it passes: "a valid delivery is accepted".
    pub title: &'static str,
    /// What is sent: "the control's body with a blank after it, under the old signature".
    pub sent: &'static str,
    /// Why it matters in production.
    pub why: &'static str,
    /// How a receiver that fails it is mended.
    pub fix: &'static str,
}

/// What a case is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// The receiver must take it.
    Accepts,
    /// The receiver must refuse it.
    Refuses,
    /// The receiver must give the documented answer.
    Handshake,
    /// What comes twice, or late, must do no harm.
    Repeats,
    /// The receiver must live on, whatever comes.
    Survives,
    /// How the receiver answers altogether.
    Behaves,
    /// The receiver must still be there.
    Alive,
}

/// How much a case counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Told, and no more.
    Info,
    /// Fails a check that is strict.
    Should,
    /// Fails the check.
    Must,
}

impl Level {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Should => "should",
            Self::Must => "must",
        }
    }
}

impl Family {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Accepts => "accepts",
            Self::Refuses => "refuses",
            Self::Handshake => "handshake",
            Self::Repeats => "repeats",
            Self::Survives => "survives",
            Self::Behaves => "behaves",
            Self::Alive => "alive",
        }
    }
}

impl Case {
    /// Returns true if the case's own words say why the receiver broke and how to prevent it. They then count more
    /// than the general words about a server error or a lost connection.
    pub fn explains_faults(&self) -> bool {
        const MALFORMED: [&str; 6] =
            ["empty-signature", "short-signature", "one-short", "not-encoded", "non-ascii", "malformed"];
        self.family == Family::Survives || MALFORMED.contains(&self.id)
    }

    /// Returns true if its body is signed and is not what the provider sends. No stranger can send it.
    pub fn is_signed_oddity(&self) -> bool {
        self.family == Family::Survives && (self.id.starts_with("signed-") || self.has_odd_text())
    }

    /// Returns the addresses of public reports and fixes of receivers that failed it.
    pub fn reports(&self) -> &'static [&'static str] {
        REPORTS.iter().find(|(id, _)| *id == self.id).map_or(&[], |(_, reports)| reports)
    }

    fn has_odd_text(&self) -> bool {
        matches!(self.id, "deep-nesting" | "invalid-utf8")
    }
}

/// The case of this name.
pub fn case(id: &str) -> Option<&'static Case> {
    CASES.iter().find(|case| case.id == id)
}

const fn accepts(
    level: Level,
    id: &'static str,
    title: &'static str,
    sent: &'static str,
    why: &'static str,
    fix: &'static str,
) -> Case {
    of(Family::Accepts, level, id, title, sent, why, fix)
}

const fn refuses(
    id: &'static str,
    title: &'static str,
    sent: &'static str,
    why: &'static str,
    fix: &'static str,
) -> Case {
    of(Family::Refuses, Level::Must, id, title, sent, why, fix)
}

const fn of(
    family: Family,
    level: Level,
    id: &'static str,
    title: &'static str,
    sent: &'static str,
    why: &'static str,
    fix: &'static str,
) -> Case {
    Case { id, family, level, title, sent, why, fix }
}

const RAW: &str = "hash the bytes as they came in, before anything parses, decodes or prints them";

const COMPARE: &str = "compare the lengths of the decoded bytes first, then the bytes with a constant-time function";

/// The texts by family, in the order in which the cases are sent. Those that can end a receiver come last.
const TEXTS: [&[Case]; 9] = [
    accepts::ACCEPTS,
    handshakes::HANDSHAKES,
    refuses::REFUSES,
    hashes::HASHES,
    tokens::TOKENS,
    repeats::REPEATS,
    garbled::GARBLED,
    survives::SURVIVES,
    behaves::BEHAVES,
];

const COUNT: usize = {
    let (mut count, mut at) = (0, 0);
    while at < TEXTS.len() {
        count += TEXTS[at].len();
        at += 1;
    }
    count
};

/// Joins the families' texts into one table.
const fn joined() -> [Case; COUNT] {
    let mut all = [TEXTS[0][0]; COUNT];
    let (mut count, mut family) = (0, 0);
    while family < TEXTS.len() {
        let mut at = 0;
        while at < TEXTS[family].len() {
            all[count] = TEXTS[family][at];
            count += 1;
            at += 1;
        }
        family += 1;
    }
    all
}

/// Every case, in the order in which they are sent.
pub static CASES: &[Case] = &joined();
