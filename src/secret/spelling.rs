//! The characters that a place of a text may stand for: itself, and what its escape sequence decodes to.
//!
//! Owns the escape sequences of JSON and of programming languages, of URLs and forms, and of HTML, in layers. Encodings of
//! whole texts (base64, hex) are not known here.

use super::entities;

/// Layers of escape sequences: percent in JSON in JSON.
const LAYERS: u32 = 3;
/// Readings of one place: `\\\\` begins three escape sequences.
const MOST: usize = 8;
/// Bytes that one character may be spelled with.
pub(super) const WIDEST: usize = 512;
/// Steps that the readings of one place may take, so that any text takes linear time. A long text gets fewer: enough for
/// what is common, such as JSON in JSON, and not for each character escaped twice.
const FUEL: u32 = 40;
const FUEL_OF_LONG: u32 = 8;
/// A text is long beyond this.
const LONG: usize = 256 * 1024;

/// A character that a place of a text may stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reading {
    bytes: [u8; 4],
    length: usize,
    /// Where the text goes on.
    pub(super) end: usize,
}

impl Reading {
    pub(super) fn byte(byte: u8, end: usize) -> Self {
        Self { bytes: [byte, 0, 0, 0], length: 1, end }
    }

    fn character(character: char, end: usize) -> Self {
        let mut bytes = [0; 4];
        let length = character.encode_utf8(&mut bytes).len();
        Self { bytes, length, end }
    }

    /// Its bytes in UTF-8.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    /// The byte, where it is a single one.
    pub(super) fn single(&self) -> Option<u8> {
        (self.length == 1).then_some(self.bytes[0])
    }
}

/// The readings of one place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Readings {
    all: [Reading; MOST],
    length: usize,
}

impl Readings {
    /// Returns every reading of a place, its own byte first.
    pub(super) fn of(text: &[u8], at: usize) -> Self {
        let mut fuel = if text.len() > LONG { FUEL_OF_LONG } else { FUEL };
        read(text, at, LAYERS, &mut fuel)
    }

    fn push(&mut self, reading: Reading) {
        if self.length < MOST && !self.iter().any(|known| *known == reading) {
            self.all[self.length] = reading;
            self.length += 1;
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Reading> {
        self.all[..self.length].iter()
    }
}

/// Whether a byte may begin an escape sequence.
pub(super) fn introduces(byte: u8) -> bool {
    matches!(byte, b'\\' | b'%' | b'&' | b'+')
}

fn read(text: &[u8], at: usize, layers: u32, fuel: &mut u32) -> Readings {
    let own = Reading::byte(text[at], at + 1);
    let mut readings = Readings { all: [own; MOST], length: 1 };
    if !introduces(text[at]) {
        return readings;
    }
    // In a long run of backslashes each is one more of them.
    if text[at..].iter().take(MOST + 2).filter(|byte| **byte == b'\\').count() == MOST + 2 {
        (1..MOST).for_each(|more| readings.push(Reading::byte(b'\\', at + 1 + more)));
        return readings;
    }
    let mut next = 0;
    while next < readings.length {
        let Reading { end, .. } = readings.all[next];
        match readings.all[next].single() {
            // Forms write blanks like this.
            Some(b'+') => readings.push(Reading::byte(b' ', end)),
            Some(byte) if layers > 0 && *fuel > 0 && introduces(byte) => {
                *fuel -= 1;
                let source = Source { text, layers: layers - 1 };
                let found = source.escape(byte, end, fuel);
                for reading in found.into_iter().flatten().filter(|one| one.end - at <= WIDEST) {
                    readings.push(reading);
                }
            }
            _ => {}
        }
        next += 1;
    }
    readings
}

/// A text whose characters may themselves be escaped.
struct Source<'a> {
    text: &'a [u8],
    layers: u32,
}

/// What follows a backslash.
#[derive(Clone, Copy)]
enum Follows {
    Byte(u8),
    /// This many hexadecimal digits of a character, or any number in braces.
    Character(usize),
    Hex,
    Octal(u32),
}

impl Source<'_> {
    /// Returns the next character that fits, in any spelling; as it stands first.
    fn next<T>(&self, at: usize, fuel: &mut u32, fits: impl Fn(u8) -> Option<T>) -> Option<(T, usize)> {
        let own = fits(*self.text.get(at)?).map(|found| (found, at + 1));
        own.or_else(|| self.escaped(at, fuel, fits))
    }

    /// Returns the next character that fits, which is escaped.
    fn escaped<T>(&self, at: usize, fuel: &mut u32, fits: impl Fn(u8) -> Option<T>) -> Option<(T, usize)> {
        let all = self.nested(at, fuel)?;
        all.iter().skip(1).find_map(|reading| Some((fits(reading.single()?)?, reading.end)))
    }

    fn nested(&self, at: usize, fuel: &mut u32) -> Option<Readings> {
        let is_possible = self.layers > 0 && *fuel > 0 && introduces(*self.text.get(at)?);
        is_possible.then(|| read(self.text, at, self.layers, fuel))
    }

    fn is_next(&self, at: usize, fuel: &mut u32, wanted: u8) -> Option<usize> {
        self.next(at, fuel, |byte| (byte == wanted).then_some(())).map(|((), end)| end)
    }

    fn digit(&self, at: usize, fuel: &mut u32, radix: u32) -> Option<(u32, usize)> {
        self.next(at, fuel, |byte| char::from(byte).to_digit(radix))
    }

    /// Returns a number of exactly this many digits.
    fn number(&self, mut at: usize, fuel: &mut u32, radix: u32, digits: usize) -> Option<(u32, usize)> {
        let mut number = 0;
        for _ in 0..digits {
            let (digit, end) = self.digit(at, fuel, radix)?;
            (number, at) = (number * radix + digit, end);
        }
        Some((number, at))
    }

    /// Returns a number of any length up to this many digits.
    fn digits(&self, mut at: usize, fuel: &mut u32, radix: u32, most: usize) -> Option<(u32, usize)> {
        let mut number: Option<u32> = None;
        for _ in 0..most {
            let Some((digit, end)) = self.digit(at, fuel, radix) else { break };
            number = number.unwrap_or(0).checked_mul(radix)?.checked_add(digit).map(Some)?;
            at = end;
        }
        Some((number?, at))
    }

    /// Returns the escape sequence after its first character. After a backslash there may be two.
    fn escape(&self, introducer: u8, at: usize, fuel: &mut u32) -> [Option<Reading>; 2] {
        match introducer {
            b'\\' => self.backslash(at, fuel),
            b'%' => [self.percent(at, fuel), None],
            _ => [self.reference(at, fuel), None],
        }
    }

    /// The second character may stand as it is, and begin an escape sequence of its own too.
    fn backslash(&self, at: usize, fuel: &mut u32) -> [Option<Reading>; 2] {
        let Some(&own) = self.text.get(at) else { return [None, None] };
        let raw = follows(own).and_then(|follows| self.after_backslash(follows, at + 1, fuel));
        if self.text.get(at..at + 2) == Some(b"\\\\") {
            return [raw, None];
        }
        let Some(all) = self.nested(at, fuel) else { return [raw, None] };
        let mut fitting = all.iter().skip(1).filter_map(|one| Some((follows(one.single()?)?, one.end)));
        let first = if raw.is_some() { None } else { fitting.next() };
        let last = fitting.last().and_then(|(follows, end)| self.after_backslash(follows, end, fuel));
        let first = first.and_then(|(follows, end)| self.after_backslash(follows, end, fuel));
        // A shell escapes these too.
        let of_shell = || matches!(own, b'%' | b'&').then(|| Reading::byte(own, at + 1));
        [raw.or(first).or_else(of_shell), last]
    }

    fn after_backslash(&self, follows: Follows, end: usize, fuel: &mut u32) -> Option<Reading> {
        match follows {
            Follows::Byte(byte) => Some(Reading::byte(byte, end)),
            Follows::Hex => self.number(end, fuel, 16, 2).and_then(|(number, end)| byte(number, end)),
            Follows::Octal(first) => {
                let (rest, end) = self.number(end, fuel, 8, 2)?;
                byte(first * 64 + rest, end)
            }
            Follows::Character(digits) => {
                if let Some(end) = self.is_next(end, fuel, b'{') {
                    let (number, end) = self.digits(end, fuel, 16, 6)?;
                    return character(number, self.is_next(end, fuel, b'}')?);
                }
                let (number, end) = self.number(end, fuel, 16, digits)?;
                self.surrogates(number, end, fuel)
            }
        }
    }

    /// Returns a character of UTF-16, whose second half may follow.
    fn surrogates(&self, high: u32, end: usize, fuel: &mut u32) -> Option<Reading> {
        if !(0xd800..0xdc00).contains(&high) {
            return character(high, end);
        }
        let is_backslash = |byte: u8| (byte == b'\\').then_some(());
        let own = self.next(end, fuel, is_backslash).and_then(|((), end)| self.low(end, fuel));
        let low = own.or_else(|| self.escaped(end, fuel, is_backslash).and_then(|((), end)| self.low(end, fuel)));
        let (low, end) = low?;
        character(0x10000 + ((high - 0xd800) << 10) + low, end)
    }

    /// Returns the second half of a character, after its backslash.
    fn low(&self, at: usize, fuel: &mut u32) -> Option<(u32, usize)> {
        let at = self.is_next(at, fuel, b'u')?;
        let (low, end) = self.number(at, fuel, 16, 4)?;
        Some((low.checked_sub(0xdc00).filter(|low| *low < 0x400)?, end))
    }

    fn percent(&self, at: usize, fuel: &mut u32) -> Option<Reading> {
        let digit = |byte: u8| char::from(byte).to_digit(16);
        // As `escape()` of JavaScript writes it, or one byte.
        let begins = |byte: u8| if byte == b'u' { Some(None) } else { digit(byte).map(Some) };
        match self.next(at, fuel, begins)? {
            (None, end) => self.number(end, fuel, 16, 4).and_then(|(number, end)| character(number, end)),
            (Some(high), end) => self.number(end, fuel, 16, 1).and_then(|(low, end)| byte(high << 4 | low, end)),
        }
    }

    fn reference(&self, at: usize, fuel: &mut u32) -> Option<Reading> {
        let (first, at) = self.next(at, fuel, |byte| (byte == b'#' || byte.is_ascii_alphanumeric()).then_some(byte))?;
        if first != b'#' {
            return self.name(first, at, fuel);
        }
        let (number, end) = match self.next(at, fuel, |byte| byte.is_ascii_alphanumeric().then_some(byte))? {
            (b'x' | b'X', at) => self.digits(at, fuel, 16, 8)?,
            _ => self.digits(at, fuel, 10, 10)?,
        };
        // Browsers read one that is not closed too.
        character(number, self.is_next(end, fuel, b';').unwrap_or(end))
    }

    fn name(&self, first: u8, mut at: usize, fuel: &mut u32) -> Option<Reading> {
        let mut name = [first; entities::LONGEST];
        for length in 1..=entities::LONGEST {
            let part = |byte: u8| (byte == b';' || byte.is_ascii_alphanumeric()).then_some(byte);
            let (letter, end) = self.next(at, fuel, part)?;
            if letter == b';' {
                return Some(Reading::character(entities::named(&name[..length])?, end));
            }
            *name.get_mut(length)? = letter;
            at = end;
        }
        None
    }
}

fn follows(byte: u8) -> Option<Follows> {
    Some(match byte {
        b'n' => Follows::Byte(b'\n'),
        b'r' => Follows::Byte(b'\r'),
        b't' => Follows::Byte(b'\t'),
        b'b' => Follows::Byte(8),
        b'f' => Follows::Byte(12),
        b'u' => Follows::Character(4),
        b'U' => Follows::Character(8),
        b'x' => Follows::Hex,
        b'0'..=b'3' => Follows::Octal(u32::from(byte - b'0')),
        // Those may be the beginning of an inner escape sequence.
        b'%' | b'&' => return None,
        b' ' => Follows::Byte(b' '),
        _ if byte.is_ascii_punctuation() => Follows::Byte(byte),
        _ => return None,
    })
}

fn byte(number: u32, end: usize) -> Option<Reading> {
    u8::try_from(number).ok().map(|byte| Reading::byte(byte, end))
}

fn character(number: u32, end: usize) -> Option<Reading> {
    char::from_u32(number).map(|character| Reading::character(character, end))
}

#[cfg(test)]
mod tests {
    use super::Readings;

    #[track_caller]
    fn check(text: &str, expected: &[(&str, usize)]) {
        let all = Readings::of(text.as_bytes(), 0);
        let all: Vec<(&str, usize)> =
            all.iter().map(|reading| (std::str::from_utf8(reading.bytes()).unwrap(), reading.end)).collect();
        assert_eq!(all, expected, "{text}");
    }

    #[test]
    fn each_escape_sequence_is_read_beside_its_own_byte() {
        check("a", &[("a", 1)]);
        check("+", &[("+", 1), (" ", 1)]);
        check("\\/x", &[("\\", 1), ("/", 2)]);
        check("\\u0041", &[("\\", 1), ("A", 6)]);
        check("\\ud83c\\udf89", &[("\\", 1), ("🎉", 12)]);
        check("\\ud83c", &[("\\", 1)]);
        check("\\u{1f389}", &[("\\", 1), ("🎉", 9)]);
        check("\\x41", &[("\\", 1), ("A", 4)]);
        check("\\101", &[("\\", 1), ("A", 4)]);
        check("%4a", &[("%", 1), ("J", 3)]);
        check("%u004A", &[("%", 1), ("J", 6)]);
        check("%2b", &[("%", 1), ("+", 3), (" ", 3)]);
        check("%4", &[("%", 1)]);
        check("&#65;", &[("&", 1), ("A", 5)]);
        check("&#x41;", &[("&", 1), ("A", 6)]);
        check("&#00065 ", &[("&", 1), ("A", 7)]);
        check("&eacute;", &[("&", 1), ("é", 8)]);
        check("&unknown;", &[("&", 1)]);
        check("&#99999999999;", &[("&", 1)]);
    }

    #[test]
    fn layers_are_read_through() {
        check("%252541", &[("%", 1), ("%", 3), ("%", 5), ("A", 7)]);
        check("\\\\\\\"", &[("\\", 1), ("\\", 2), ("\\", 3), ("\"", 4)]);
        check("\\&quot;", &[("\\", 1), ("\"", 7)]);
        check("\\u0026amp;", &[("\\", 1), ("&", 6), ("&", 10)]);
        check("\\u0026#34;", &[("\\", 1), ("&", 6), ("\"", 10)]);
        check("%5C%22", &[("%", 1), ("\\", 3), ("\"", 6)]);
        check("%5Cu0041", &[("%", 1), ("\\", 3), ("A", 8)]);
        check("%26%2334%3B", &[("%", 1), ("&", 3), ("\"", 11)]);
        check("&#92;&#110;", &[("&", 1), ("\\", 5), ("\n", 11)]);
        check("&amp;amp;lt;", &[("&", 1), ("&", 5), ("&", 9), ("<", 12)]);
    }
}
