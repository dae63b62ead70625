//! Text made fit to stand in a page.

use crate::words::{self, Lines};

/// One line of text.
pub(super) fn line(text: &str) -> String {
    escape(&words::printable(text, Lines::Escape))
}

/// At most so many characters of it, on one line.
pub(super) fn short(text: &str, limit: usize) -> String {
    line(&words::shorten(text, limit))
}

/// A text that keeps its lines.
pub(super) fn block(text: &str) -> String {
    escape(&words::printable(text, Lines::Keep))
}

/// Text that ends no element and no attribute.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(character),
        }
    }
    out
}
