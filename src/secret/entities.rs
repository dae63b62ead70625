//! Names of HTML's character references: all of ASCII, and the letters of Latin-1.

/// Names of ASCII characters, from <https://html.spec.whatwg.org/multipage/named-characters.html>.
const ASCII: [(&str, char); 61] = [
    ("AMP", '&'),
    ("DiacriticalGrave", '`'),
    ("GT", '>'),
    ("Hat", '^'),
    ("LT", '<'),
    ("NewLine", '\n'),
    ("QUOT", '"'),
    ("Tab", '\t'),
    ("UnderBar", '_'),
    ("VerticalLine", '|'),
    ("amp", '&'),
    ("apos", '\''),
    ("ast", '*'),
    ("bsol", '\\'),
    ("colon", ':'),
    ("comma", ','),
    ("commat", '@'),
    ("dollar", '$'),
    ("equals", '='),
    ("excl", '!'),
    ("grave", '`'),
    ("gt", '>'),
    ("lbrace", '{'),
    ("lbrack", '['),
    ("lcub", '{'),
    ("lowbar", '_'),
    ("lpar", '('),
    ("lsqb", '['),
    ("lt", '<'),
    ("midast", '*'),
    ("num", '#'),
    ("percnt", '%'),
    ("period", '.'),
    ("plus", '+'),
    ("quest", '?'),
    ("quot", '"'),
    ("rbrace", '}'),
    ("rbrack", ']'),
    ("rcub", '}'),
    ("rpar", ')'),
    ("rsqb", ']'),
    ("semi", ';'),
    ("sol", '/'),
    ("verbar", '|'),
    ("vert", '|'),
    // Beyond ASCII, where the text's own letters are likely.
    ("euro", '€'),
    ("hellip", '…'),
    ("ldquo", '“'),
    ("lsquo", '‘'),
    ("mdash", '—'),
    ("ndash", '–'),
    ("rdquo", '”'),
    ("rsquo", '’'),
    ("bull", '•'),
    ("trade", '™'),
    ("OElig", 'Œ'),
    ("oelig", 'œ'),
    ("Scaron", 'Š'),
    ("scaron", 'š'),
    ("Yuml", 'Ÿ'),
    ("fnof", 'ƒ'),
];

/// Names of the characters from U+00A0 on, in their order.
const LATIN: &str = "nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 \
    sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml \
    Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml \
    times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave \
    eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute \
    ucirc uuml yacute thorn yuml";

/// The longest of these names.
pub(super) const LONGEST: usize = "DiacriticalGrave".len();

/// Returns the character of this name.
pub(super) fn named(name: &[u8]) -> Option<char> {
    let ascii = ASCII.iter().find(|(known, _)| known.as_bytes() == name).map(|(_, character)| *character);
    let latin = || {
        let at = LATIN.split_ascii_whitespace().position(|known| known.as_bytes() == name)?;
        char::from_u32(0xa0 + u32::try_from(at).ok()?)
    };
    ascii.or_else(latin)
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn names_have_their_characters() {
        let check = |name: &str, expected: Option<char>| assert_eq!(named(name.as_bytes()), expected, "{name}");
        check("sol", Some('/'));
        check("nbsp", Some('\u{a0}'));
        check("eacute", Some('é'));
        check("yuml", Some('ÿ'));
        check("Sol", None);
        check("", None);
    }
}
