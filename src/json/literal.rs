//! String literals: decoded, written, and compared without being decoded.

/// The text of a JSON string literal.
pub(super) fn decode(literal: &str) -> String {
    // A lone surrogate is legal JSON that no Rust string can hold: such a literal stays escaped.
    serde_json::from_str(literal).unwrap_or_else(|_| inner(literal).to_string())
}

/// A text as a JSON string literal.
pub fn quote(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// What stands between the quotes.
pub(super) fn inner(literal: &str) -> &str {
    literal.get(1..literal.len().saturating_sub(1)).unwrap_or_default()
}

/// The characters of a string literal; a lone surrogate stands as its number, which no `char` is.
pub fn units(literal: &str) -> impl Iterator<Item = u32> {
    Units { rest: inner(literal) }
}

struct Units<'a> {
    rest: &'a str,
}

impl Units<'_> {
    /// The value of the escape that comes next, and its length.
    fn escape(&self) -> Option<(u32, usize)> {
        let unit = match *self.rest.as_bytes().strip_prefix(b"\\")?.first()? {
            b'n' => 10,
            b'r' => 13,
            b't' => 9,
            b'b' => 8,
            b'f' => 12,
            b'u' => return Some((u32::from_str_radix(self.rest.get(2..6)?, 16).ok()?, 6)),
            other => u32::from(other),
        };
        Some((unit, 2))
    }

    fn skip(&mut self, length: usize) {
        self.rest = self.rest.get(length..).unwrap_or_default();
    }
}

impl Iterator for Units<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let Some((unit, length)) = self.escape() else {
            let first = self.rest.chars().next()?;
            self.skip(first.len_utf8());
            return Some(u32::from(first));
        };
        self.skip(length);
        if (0xd800..0xdc00).contains(&unit)
            && let Some((low @ 0xdc00..0xe000, length)) = self.escape()
        {
            self.skip(length);
            return Some(0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00));
        }
        Some(unit)
    }
}

#[cfg(test)]
mod tests {
    use super::{decode, units};

    #[test]
    fn units_are_what_a_parser_reads() {
        for literal in [r#""""#, r#""a\u00e9\n\/\\\"""#, r#""\ud83c\udf89 🎉""#, r#""\u005cn""#] {
            let text: Vec<u32> = decode(literal).chars().map(u32::from).collect();
            assert_eq!(units(literal).collect::<Vec<_>>(), text, "{literal}");
        }
        assert_eq!(units(r#""\ud83c\ud83c\udf89\udf89""#).collect::<Vec<_>>(), [0xd83c, 0x1f389, 0xdf89]);
        assert_eq!(decode(r#""\ud800\"""#), r#"\ud800\""#);
    }
}
