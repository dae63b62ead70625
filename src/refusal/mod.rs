//! Responses that came from something in front of the handler: login walls, hosting platforms, host and CSRF checks.
//!
//! Judging only. Each is recognised by a header or a text that an application's own handler does not send, so a plain
//! 401 or 403 is none of them.

mod frameworks;
mod platforms;
mod servers;
#[cfg(test)]
mod tests;

use std::fmt;
use std::ops::RangeInclusive;

use crate::message::Answer;

/// A response that something in front of the handler gave.
#[derive(Debug, PartialEq, Eq)]
pub struct Refusal {
    /// A stable name, in output for machines too.
    pub code: &'static str,
    /// Who answered, and why.
    pub told: &'static str,
    /// The next step.
    pub hint: &'static str,
    /// Whether a handler cannot have given such a response.
    pub is_certain: bool,
}

impl fmt::Display for Refusal {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_certain { write!(to, "before the handler: {}", self.told) } else { to.write_str(self.told) }
    }
}

/// A row of the table: a refusal, and how it is recognised.
struct Row {
    refusal: Refusal,
    statuses: RangeInclusive<u16>,
    /// Alternatives; of one all signs are there.
    signs: &'static [&'static [Sign]],
}

/// A part of a response. Names and texts are compared without regard to case; the texts here are in lower case.
enum Sign {
    /// The header is there.
    Header(&'static str),
    /// A value of the header contains the text.
    HeaderHas(&'static str, &'static str),
    /// A value of the header begins with the text.
    HeaderBegins(&'static str, &'static str),
    /// The body contains the text.
    Body(&'static str),
    /// The body is this text.
    BodyIs(&'static str),
    /// There is no body, or one that says nothing.
    NoBody,
    /// The body is an HTML document.
    Page,
    /// The Location leads to a page by whose name one signs in.
    LoginPlace,
}

/// Statuses of any refusal.
const ANY: RangeInclusive<u16> = 300..=599;
/// Statuses of a redirect.
const REDIRECT: RangeInclusive<u16> = 300..=399;
/// Statuses of a refusal that blames the request.
const CLIENT: RangeInclusive<u16> = 400..=499;

/// Bytes of a body that are looked at.
pub const LOOKED_AT: usize = 32 * 1024;

const fn row(
    code: &'static str,
    statuses: RangeInclusive<u16>,
    signs: &'static [&'static [Sign]],
    told: &'static str,
    hint: &'static str,
) -> Row {
    Row { refusal: Refusal { code, told, hint, is_certain: true }, statuses, signs }
}

/// Returns what refused a delivery in front of the handler; nothing where the handler may have answered.
pub fn refusal(answer: &Answer) -> Option<&'static Refusal> {
    let seen = Seen::of(answer);
    rows().find(|row| row.statuses.contains(&answer.status) && seen.has_any(row.signs)).map(|row| &row.refusal)
}

/// Returns true if the body of a 401 or 403 speaks of a login or a token, and of no signature. It may be the handler's, so
/// this is no refusal in front of it for certain.
pub fn asks_for_login(answer: &Answer) -> bool {
    const LOGIN: [&str; 15] = [
        "authentication required",
        "authentication is required",
        "not authenticated",
        "unauthenticated",
        "not logged in",
        "login required",
        "log in",
        "sign in",
        "signed in",
        "no token",
        "missing token",
        "access token",
        "bearer",
        "jwt",
        "authorization header",
    ];
    const SIGNATURE: [&str; 5] = ["signature", "hmac", "digest", "secret", "hash"];
    let seen = Seen::of(answer);
    let has = |texts: &[&str]| texts.iter().any(|text| seen.body.contains(text));
    matches!(answer.status, 401 | 403) && has(&LOGIN) && !has(&SIGNATURE)
}

/// What is said of such a response.
pub const ASKS_FOR_LOGIN: &str = "the response speaks of a login or a token, not of a signature: is the route behind a guard? A webhook has no session";

/// Returns the table. A framework's middleware names itself more exactly than the platform that it runs on, and a page
/// says least.
fn rows() -> impl Iterator<Item = &'static Row> {
    frameworks::ROWS.iter().chain(platforms::ROWS).chain(servers::ROWS).chain(frameworks::PAGES)
}

/// A response, with the beginning of its body in lower case.
struct Seen<'a> {
    answer: &'a Answer,
    body: String,
}

impl<'a> Seen<'a> {
    fn of(answer: &'a Answer) -> Self {
        let body = &answer.body[..answer.body.len().min(LOOKED_AT)];
        Self { answer, body: String::from_utf8_lossy(body).to_ascii_lowercase() }
    }

    fn has_any(&self, alternatives: &[&[Sign]]) -> bool {
        alternatives.iter().any(|signs| signs.iter().all(|sign| self.has(sign)))
    }

    fn has(&self, sign: &Sign) -> bool {
        match sign {
            Sign::Header(name) => self.answer.headers.get(name).is_some(),
            Sign::HeaderHas(name, text) => self.values(name).any(|value| value.contains(text)),
            Sign::HeaderBegins(name, text) => self.values(name).any(|value| value.trim_start().starts_with(text)),
            Sign::Body(text) => self.body.contains(text),
            Sign::BodyIs(text) => self.body.trim() == *text,
            Sign::NoBody => matches!(self.body.trim(), "" | "null" | "{}"),
            Sign::Page => self.is_page(),
            Sign::LoginPlace => self.values("location").any(|place| is_login(&place)),
        }
    }

    fn values(&self, name: &'static str) -> impl Iterator<Item = String> {
        self.answer.headers.all(name).map(|value| String::from_utf8_lossy(value).to_ascii_lowercase())
    }

    fn is_page(&self) -> bool {
        let text = self.body.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
        let is_html = self.values("content-type").any(|kind| kind.contains("text/html"));
        is_html && (text.starts_with("<!doctype html") || text.starts_with("<html"))
    }
}

/// Returns true if an address is that of a sign-in page, by a whole segment of its path.
fn is_login(place: &str) -> bool {
    const NAMES: [&str; 14] = [
        "login",
        "log-in",
        "log_in",
        "signin",
        "sign-in",
        "sign_in",
        "sso",
        "sso-api",
        "pf-signin",
        "authorize",
        "servicelogin",
        "login.php",
        "wp-login.php",
        "login.aspx",
    ];
    let path = place.split(['?', '#']).next().unwrap_or_default();
    let path = path.split_once("://").map_or(path, |(_, rest)| rest.split_once('/').map_or("", |(_, path)| path));
    path.split('/').any(|segment| NAMES.contains(&segment))
}
