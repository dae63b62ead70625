//! A check as Markdown, for the pages of GitHub and GitLab: the verdict, counts, a table of the findings, and each told.
//!
//! Whatever came over the wire stands in it as text: no markup, no link, no mention, and no command of a CI's log.

use super::checked::{Told, told_by_weight};
use super::excerpt::{Excerpt, excerpt};
use super::sent::status_line;
use super::standing::{Occasion, Standing, verdict};
use super::{Exchange, Summary};
use crate::message::Headers;
use crate::words::{self, Lines};

/// Characters of a case's name.
const NAME: usize = 120;
/// Characters of what a receiver did.
const DID: usize = 300;
/// Characters of an address and of a header's value.
const VALUE: usize = 200;
/// Characters of a body.
const BODY: usize = 600;
/// Header lines that are shown.
const HEADERS: usize = 20;
/// Bytes that are kept for saying what is left out.
const LEFT_OUT: usize = 200;

/// The check in so many bytes, of which only its head may be more: findings that don't fit are left out from the end.
pub fn check_markdown(summary: &Summary, occasion: &Occasion<'_>, room: usize) -> String {
    let mut out = head(summary, occasion) + &counts(summary);
    let told = told_by_weight(&summary.cases);
    if told.is_empty() {
        return out;
    }
    out.push_str("\n### Findings\n\n| level | case | finding | what this receiver did |\n|---|---|---|---|\n");
    let room = room.saturating_sub(LEFT_OUT);
    let mut missing = append(&mut out, told.iter().map(row), room);
    if missing == 0 {
        out.push('\n');
        missing = append(&mut out, told.iter().map(details), room);
    }
    if missing > 0 {
        let findings = words::count(missing, "finding", "findings");
        out.push_str(&format!("\nThere is no room for more: {findings} not told in full here.\n"));
    }
    out
}

/// Appends what fits; how many did not.
pub(super) fn append(out: &mut String, parts: impl Iterator<Item = String>, room: usize) -> usize {
    let mut parts = parts.peekable();
    while let Some(part) = parts.next_if(|part| out.len() + part.len() <= room) {
        out.push_str(&part);
    }
    parts.count()
}

fn head(summary: &Summary, occasion: &Occasion<'_>) -> String {
    let mark = match Standing::of(summary) {
        Standing::Sound => "✅",
        Standing::Passes | Standing::Open => "⚠️",
        Standing::Fails => "❌",
    };
    format!(
        "## {mark} {}\n\n{} checked as a receiver of {}, {}, in {}, by hookproof {}\n",
        inline(&verdict(summary), DID),
        code(&summary.url, VALUE),
        inline(occasion.provider, NAME),
        occasion.time(),
        words::elapsed(summary.took),
        inline(occasion.version, NAME),
    )
}

/// How many cases of each family came to what.
fn counts(summary: &Summary) -> String {
    const RESULTS: [&str; 5] = ["passed", "failed", "warned", "skipped", "unsent"];
    let mut families: Vec<&str> = Vec::new();
    for checked in &summary.cases {
        let family = checked.case.family.word();
        if !families.contains(&family) {
            families.push(family);
        }
    }
    let mut out =
        "\n| cases | passed | failed | warned | skipped | not sent |\n|---|--:|--:|--:|--:|--:|\n".to_string();
    for family in families {
        let of = |result: &str| {
            let is_of = |one: &&super::Checked| one.case.family.word() == family && one.result.word() == result;
            summary.cases.iter().filter(is_of).count()
        };
        out.push_str(&format!("| {family} | {} |\n", RESULTS.map(|result| of(result).to_string()).join(" | ")));
    }
    let all = RESULTS.map(|result| format!("**{}**", summary.count(result)));
    out + &format!("| **all {}** | {} |\n", summary.cases.len(), all.join(" | "))
}

fn level(told: &Told<'_>) -> String {
    let known = if told.checked.is_known { ", known" } else { "" };
    format!("{}{known}", told.level.word())
}

fn row(told: &Told<'_>) -> String {
    let (name, did) = (code(&told.checked.name, NAME), inline(&told.checked.did, DID));
    format!("| {} | {name} | {} | {did} |\n", level(told), told.code)
}

/// A finding told in full, folded.
fn details(told: &Told<'_>) -> String {
    let mut out = format!(
        "<details><summary>{}: {}, {}</summary>\n\n",
        level(told),
        code(&told.checked.name, NAME),
        inline(told.checked.case.title, DID)
    );
    for (label, text) in told.rows() {
        out.push_str(&format!("- **{label}**: {}\n", inline(text, DID * 2)));
    }
    out.push('\n');
    for exchange in &told.checked.exchanges {
        out.push_str(&self::exchange(exchange));
    }
    out + "</details>\n\n"
}

fn exchange(exchange: &Exchange) -> String {
    let request = &exchange.request;
    let first = format!("{} {}", request.method, words::shorten(&request.target, VALUE));
    let sent = message(&first, &request.headers, &excerpt(&request.body, exchange.length, BODY));
    let Some(answer) = &exchange.answer else { return format!("{sent}Nothing came back.\n\n") };
    let first = format!("{} after {}", status_line(answer.status), words::elapsed(answer.elapsed));
    sent + &message(&first, &answer.headers, &excerpt(&answer.body, answer.body.len(), BODY))
}

fn message(first: &str, headers: &Headers, excerpt: &Excerpt) -> String {
    let mut lines = vec![words::printable(first, Lines::Escape)];
    for header in headers.0.iter().take(HEADERS) {
        let value = String::from_utf8_lossy(&header.value);
        let line = format!("{}: {}", words::shorten(&header.name, NAME), words::shorten(&value, VALUE));
        lines.push(words::printable(&line, Lines::Escape));
    }
    if !excerpt.text.is_empty() {
        lines.push(String::new());
        lines.extend(words::printable(&excerpt.text, Lines::Keep).lines().map(str::to_string));
    }
    lines.extend(excerpt.rest.as_ref().map(|rest| format!("… {rest} left out")));
    // Set in, since a remote line may be a command to whoever reads this line by line.
    let lines: Vec<String> = lines.iter().map(|line| format!("  {}\n", preformatted(line))).collect();
    format!("<pre>\n{}</pre>\n\n", lines.concat())
}

/// A line inside `<pre>`, where no Markdown is read.
fn preformatted(line: &str) -> String {
    let line = line.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    line.replace("::", ":&#58;").replace("::", ":&#58;").replace("##[", "#&#35;[")
}

/// Text that is a name or an address.
pub(super) fn code(text: &str, limit: usize) -> String {
    format!("<code>{}</code>", inline(text, limit))
}

/// Text in a paragraph, in the cell of a table, or in HTML among Markdown: what either would read as its own stands as an
/// entity.
pub(super) fn inline(text: &str, limit: usize) -> String {
    let text = words::printable(&words::shorten(text, limit), Lines::Escape);
    let mut out = String::with_capacity(text.len() * 2);
    let mut rest = text.chars();
    while let Some(character) = rest.next() {
        let next = rest.as_str().chars().next();
        let is_markup = match character {
            ':' => matches!(next, Some(':' | '/')),
            '.' => out.to_ascii_lowercase().ends_with("www"),
            _ => r"\`*_[]<>&|~@#!$%".contains(character),
        };
        if !is_markup {
            out.push(character);
            continue;
        }
        out.push_str(&format!("&#{};", u32::from(character)));
        // Mentions and references are looked for in the text of the finished page; a space of no width parts them.
        if "@#!~$%&".contains(character) && next.is_some_and(|next| next.is_alphanumeric() || next == '"') {
            out.push_str("&#8203;");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{inline, preformatted};

    #[test]
    fn what_markdown_or_html_would_read_stands_as_an_entity() {
        let check = |given: &str, written: &str| assert_eq!(inline(given, 100), written);
        check("answered 401, \"no\"", "answered 401, \"no\"");
        check("a | b\n`c` <d>", "a &#124; b&#92;n&#96;c&#96; &#60;d&#62;");
        check(
            "@octocat #1 a@b.c 50% &lt;",
            "&#64;&#8203;octocat &#35;&#8203;1 a&#64;&#8203;b.c 50&#37; &#38;&#8203;lt;",
        );
        check("http://a.test WWW.a.test [x](y)", "http&#58;//a.test WWW&#46;a.test &#91;x&#93;(y)");
        check(":::error::x", "&#58;&#58;:error&#58;:x");
    }

    #[test]
    fn no_line_of_a_message_ends_it_or_is_a_command() {
        assert_eq!(preformatted("</pre>:::a##[b&lt;"), "&lt;/pre&gt;:&#58;:a#&#35;[b&amp;lt;");
        assert!(!preformatted("a::::b").contains("::"));
    }
}
