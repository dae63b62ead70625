//! Characters that a reader cannot see, or that control a terminal or the direction of text.
//!
//! Unicode's own properties decide. `icu_properties` holds them; `url` needs that crate anyway.

use icu_properties::props::{DefaultIgnorableCodePoint, ExtendedPictographic, GeneralCategory};
use icu_properties::{CodePointMapData, CodePointSetData};

/// Symbols and marks that fonts draw as nothing, although no property says so: a braille pattern without dots, a note
/// without a head, and the filler of a script.
const BLANK: [char; 3] = ['\u{2800}', '\u{1d159}', '\u{16fe4}'];
const EMOJI_STYLE: char = '\u{fe0f}';
const JOINER: char = '\u{200d}';
const KEYCAP: char = '\u{20e3}';

/// Whether a character is a control, format, separator, private or unassigned character, or one that Unicode calls
/// ignorable. All bidirectional controls and all characters that XML excludes are among them.
pub(super) fn is_treacherous(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_control();
    }
    let is_odd = matches!(
        CodePointMapData::<GeneralCategory>::new().get(character),
        GeneralCategory::Control
            | GeneralCategory::Format
            | GeneralCategory::LineSeparator
            | GeneralCategory::ParagraphSeparator
            | GeneralCategory::PrivateUse
            | GeneralCategory::Unassigned
    );
    is_odd || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(character) || BLANK.contains(&character)
}

/// Whether a character of a text is escaped: it is treacherous, and no part of an emoji.
pub(super) fn is_escaped(text: &str, at: usize, character: char) -> bool {
    is_treacherous(character) && !shapes_emoji(&text[..at], character, &text[at + character.len_utf8()..])
}

/// Whether an invisible character shapes the emoji around it: it joins two of them, or selects the coloured form.
/// It may stand only where a person sees its effect, so it cannot hide in other text.
fn shapes_emoji(before: &str, character: char, after: &str) -> bool {
    let last = before.chars().next_back();
    match character {
        EMOJI_STYLE if after.starts_with(KEYCAP) => last.is_some_and(|last| "0123456789#*".contains(last)),
        EMOJI_STYLE => is_emoji(last),
        JOINER => {
            let is_toned = |last: char| ('\u{1f3fb}'..='\u{1f3ff}').contains(&last);
            let unstyled = before.strip_suffix(EMOJI_STYLE).unwrap_or(before).chars().next_back();
            is_emoji(after.chars().next()) && (is_emoji(unstyled) || last.is_some_and(is_toned))
        }
        _ => false,
    }
}

fn is_emoji(character: Option<char>) -> bool {
    let is_one = |character| CodePointSetData::new::<ExtendedPictographic>().contains(character);
    character.is_some_and(|character| !character.is_ascii() && is_one(character) && !is_treacherous(character))
}

#[cfg(test)]
mod tests {
    use icu_properties::CodePointSetData;
    use icu_properties::props::{BidiControl, DefaultIgnorableCodePoint};

    use super::is_treacherous;
    use crate::words::{Lines, printable};

    #[test]
    fn every_control_and_every_invisible_character_is_treacherous() {
        let is_control = |c: char| c.is_control() || CodePointSetData::new::<BidiControl>().contains(c);
        let is_ignorable = |c: char| CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c);
        let missed: Vec<char> =
            ('\0'..=char::MAX).filter(|c| (is_control(*c) || is_ignorable(*c)) && !is_treacherous(*c)).collect();
        assert!(missed.is_empty(), "{missed:?}");
        for character in "\u{34f}\u{115f}\u{1160}\u{17b4}\u{180b}\u{200c}\u{2800}\u{3164}\u{e000}\u{fe00}\u{ffa0}\
            \u{fdd0}\u{fffe}\u{1bca0}\u{1d173}\u{e0001}\u{e0100}\u{10fffd}"
            .chars()
        {
            assert!(is_treacherous(character), "{character:?}");
        }
    }

    #[test]
    fn letters_marks_digits_and_symbols_stay() {
        let text = "Zoë naïve Ωμέγα Привет שלום سلام हिन्दी ไทย 日本語 한국어 e\u{301} €10 № ½ → ✓ 🎉\u{a0}!\u{fffd}";
        assert_eq!(printable(text, Lines::Escape), text);
    }

    #[test]
    fn an_emoji_stays_whole_and_nothing_hides_beside_it() {
        for whole in ["👨\u{200d}👩\u{200d}👧", "❤\u{fe0f}\u{200d}🔥", "👩🏽\u{200d}💻", "1\u{fe0f}\u{20e3}", "☎\u{fe0f}"]
        {
            assert_eq!(printable(whole, Lines::Escape), whole);
        }
        let check = |given: &str, shown: &str| assert_eq!(printable(given, Lines::Escape), shown);
        check("a\u{200d}b\u{fe0f}", "a\\u{200d}b\\u{fe0f}");
        check("🎉\u{fe0f}\u{fe0f}\u{200d}", "🎉\u{fe0f}\\u{fe0f}\\u{200d}");
        check("🎉\u{200d}\u{200d}🎉", "🎉\\u{200d}\\u{200d}🎉");
        check("x\u{fe0f}\u{200d}🎉", "x\\u{fe0f}\\u{200d}🎉");
        check("x\u{fe0f}\u{20e3} 🏴\u{e0067}", "x\\u{fe0f}\u{20e3} 🏴\\u{e0067}");
    }
}
