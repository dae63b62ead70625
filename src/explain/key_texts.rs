//! A secret as shells, files, databases and templates write it.

use sha2::{Digest as _, Sha256};

use super::forms::{COMPONENT, PLUS, encode, percent_decoded};
use super::keys::Alteration;
use crate::json::{self, Document};

/// A longer secret is no text that was quoted.
const LONGEST: usize = 4096;

/// Returns the ways in which a secret's text may have been written, the likelier first.
pub(super) fn alterations(text: &str) -> Vec<Alteration> {
    let mut found = Vec::new();
    if text.len() > LONGEST {
        return found;
    }
    let mut add = |code, detail, text: String| found.push((code, detail, text.into_bytes()));
    entities(text, &mut add);
    quoting(text, &mut add);
    add("key-escapes", "a \\n follows it, written out", format!("{text}\\n"));
    if let Some(rest) = text.strip_suffix("\\n") {
        add(
            "key-escapes",
            "without the \\n at its end, written out",
            rest.strip_suffix("\\r").unwrap_or(rest).to_string(),
        );
    }
    let encoded = |encoder| {
        let mut out = String::new();
        encode(text, encoder, &mut out);
        out
    };
    add("key-percent", "encoded, as encodeURIComponent does", encoded(COMPONENT));
    add("key-percent", "encoded, as Python and Go do", encoded(PLUS));
    add("key-percent", "each + became a space", text.replace('+', " "));
    add("key-percent", "each space became a +", text.replace(' ', "+"));
    for (detail, plain) in [("decoded", text.to_string()), ("decoded, with + for a space", text.replace('+', " "))] {
        if let Ok(plain) = String::from_utf8(percent_decoded(plain.as_bytes())) {
            add("key-percent", detail, plain);
        }
    }
    add("key-case", "in lower case", text.to_lowercase());
    add("key-case", "in upper case", text.to_uppercase());
    add("key-cut", "without = at its end", text.trim_end_matches('=').to_string());
    for (mark, detail) in [
        (' ', "from its first space on"),
        ('=', "from its first = on"),
        ('&', "from its first & on"),
        ('\\', "from its first backslash on"),
        ('%', "from its first % on"),
        ('+', "from its first + on"),
    ] {
        if let Some((before, _)) = text.split_once(mark).filter(|(before, _)| !before.is_empty()) {
            add("key-cut", detail, before.to_string());
        }
    }
    add("key-twice", "", format!("{text}{text}"));
    add("key-prefix", "with Bearer before it", format!("Bearer {text}"));
    add("key-prefix", "with sha256= before it", format!("sha256={text}"));
    in_json(text, &mut add);
    found.push(("key-bom", "before it", [b"\xef\xbb\xbf", text.as_bytes()].concat()));
    if let Some(rest) = text.strip_prefix('\u{feff}') {
        found.push(("key-bom", "left out", rest.as_bytes().to_vec()));
    }
    found.push(("key-utf16", "little-endian", text.encode_utf16().flat_map(u16::to_le_bytes).collect()));
    found.push(("key-utf16", "big-endian", text.encode_utf16().flat_map(u16::to_be_bytes).collect()));
    let digest = Sha256::digest(text.as_bytes());
    found.push(("key-hashed", "SHA-256, in hexadecimal", hex::encode(digest).into_bytes()));
    found.push(("key-hashed", "SHA-256", digest.to_vec()));
    found
}

type Add<'a> = &'a mut dyn FnMut(&'static str, &'static str, String);

fn entities(text: &str, add: Add<'_>) {
    let plain = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let quoted = plain.replace('"', "&quot;");
    add("key-entities", "&, < and > written as entities", plain);
    add("key-entities", "&, <, > and \" written as entities", quoted.clone());
    for (detail, apostrophe) in [
        ("&, <, >, \" and ' written as entities, with &#039;", "&#039;"),
        ("&, <, >, \" and ' written as entities, with &#39;", "&#39;"),
        ("&, <, >, \" and ' written as entities, with &#x27;", "&#x27;"),
        ("&, <, >, \" and ' written as entities, with &apos;", "&apos;"),
        ("&, <, >, \" and ' written as entities, with &#34; and &#39;", "&#39;"),
    ] {
        let text = quoted.replace('\'', apostrophe);
        add("key-entities", detail, if detail.contains("34") { text.replace("&quot;", "&#34;") } else { text });
    }
    add("key-entities", "resolved", without_entities(text));
}

/// The text with its commonest entities resolved, each once.
pub(super) fn without_entities(text: &str) -> String {
    #[rustfmt::skip]
    const KNOWN: [(&str, char); 15] = [
        ("&lt;", '<'), ("&gt;", '>'), ("&amp;", '&'), ("&quot;", '"'), ("&#34;", '"'), ("&#034;", '"'), ("&apos;", '\''),
        ("&#39;", '\''), ("&#039;", '\''), ("&#x27;", '\''), ("&#x2F;", '/'), ("&#x2f;", '/'), ("&#47;", '/'),
        ("&#38;", '&'), ("&#61;", '='),
    ];
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let known = KNOWN.iter().find(|(entity, _)| rest.starts_with(entity));
        let (character, length) = known.map_or(('&', 1), |(entity, character)| (*character, entity.len()));
        out.push(character);
        rest = &rest[length..];
    }
    out + rest
}

/// Characters that shells, YAML, compose files and SQL quote or double, both ways.
fn quoting(text: &str, add: Add<'_>) {
    #[rustfmt::skip]
    const PAIRS: [(&str, &str, &str, &str); 9] = [
        ("$", "$$", "each $ doubled, as compose files and make want it", "each $$ written $, as compose files and make do"),
        ("$", "\\$", "a backslash before each $", "without the backslash before each $"),
        ("\"", "\\\"", "a backslash before each \"", "without the backslash before each \""),
        ("'", "\\'", "a backslash before each '", "without the backslash before each '"),
        ("\\", "\\\\", "each backslash doubled", "each doubled backslash written once"),
        ("'", "''", "each ' doubled, as YAML and SQL do", "each '' written ', as YAML and SQL do"),
        ("'", "'\\''", "each ' quoted as a shell does", "each '\\'' written ', as a shell does"),
        ("%", "%%", "each % doubled, as batch files and .ini files want it", "each %% written %, as batch files and .ini files do"),
        ("!", "\\!", "a backslash before each !", "without the backslash before each !"),
    ];
    for (plain, quoted, quotes, resolves) in PAIRS {
        add("key-quoted", quotes, text.replace(plain, quoted));
        add("key-quoted", resolves, text.replace(quoted, plain));
    }
    let doubled = text.replace('\\', "\\\\");
    add("key-quoted", "as JSON and YAML quote it", doubled.replace('"', "\\\""));
    add(
        "key-quoted",
        "as a shell quotes it in double quotes",
        doubled.replace('"', "\\\"").replace('$', "\\$").replace('`', "\\`"),
    );
    // The function that templates of Go call `js`.
    let mut of_go = doubled.replace('\'', "\\'").replace('"', "\\\"");
    for character in ['<', '>', '&', '='] {
        of_go = of_go.replace(character, &format!("\\u{:04X}", u32::from(character)));
    }
    add("key-quoted", "as the js function of Go's templates writes it", of_go);
    let mut resolved = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        resolved.extend(if character == '\\' { characters.next() } else { Some(character) });
    }
    add("key-quoted", "without its backslashes", resolved);
    let escaped = text
        .chars()
        .flat_map(|c| (!c.is_ascii_alphanumeric() && !"_-./:=@,+".contains(c)).then_some('\\').into_iter().chain([c]));
    add("key-quoted", "as a shell quotes it with backslashes", escaped.collect());
}

/// A secret store may hand over a JSON object, with the secret as its only value.
fn in_json(text: &str, add: Add<'_>) {
    add("key-json", "in JSON's quotes", json::quote(text));
    let Ok(document) = Document::parse(text) else { return };
    for member in document.members(document.root()).take(4) {
        if let Some(value) = document.scalar(member.value) {
            add("key-json", "a value of the JSON object that it is", value);
        }
    }
}

/// Returns the texts that stand for a variable, where its name was taken for its value.
pub(super) fn of_variable(name: &str, secret: &[u8]) -> Vec<(&'static str, String, Vec<u8>)> {
    let is_name = !name.is_empty()
        && name.len() <= 200
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if !is_name {
        return Vec::new();
    }
    let mut found: Vec<(&'static str, String, Vec<u8>)> = Vec::new();
    #[rustfmt::skip]
    let shapes = [
        "NAME", "$NAME", "${NAME}", "$(NAME)", "%NAME%", "$env:NAME", "env.NAME", "process.env.NAME", "import.meta.env.NAME",
        "{{NAME}}", "{{ NAME }}", "${{ secrets.NAME }}", "secrets.NAME", "${env.NAME}", "${env:NAME}", "$ENV{NAME}",
        "ENV['NAME']", "ENV[\"NAME\"]", "os.environ['NAME']", "os.environ[\"NAME\"]", "os.getenv('NAME')",
        "os.getenv(\"NAME\")", "getenv('NAME')", "env('NAME')", "env(NAME)", "System.getenv(\"NAME\")", "@NAME", "<NAME>",
    ];
    for shape in shapes {
        let text = shape.replace("NAME", name);
        found.push(("key-variable-name", format!("`{text}`"), text.into_bytes()));
    }
    for (shape, detail) in
        [("NAME=", "after `NAME=`"), ("NAME: ", "after `NAME: `"), ("export NAME=", "after `export NAME=`")]
    {
        let line = [shape.replace("NAME", name).as_bytes(), secret].concat();
        found.push(("key-assignment", detail.replace("NAME", name), line));
    }
    if let Ok(secret) = std::str::from_utf8(secret) {
        for space in ["", " "] {
            let object = format!("{{{}:{space}{}}}", json::quote(name), json::quote(secret));
            found.push(("key-json", format!("a JSON object with the member `{name}`"), object.into_bytes()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{alterations, of_variable, without_entities};

    #[track_caller]
    fn check(secret: &str, code: &str, expected: &str) {
        let all = alterations(secret);
        assert!(all.iter().any(|(known, _, text)| *known == code && text == expected.as_bytes()), "{all:?}");
    }

    #[test]
    fn texts_are_written_as_others_write_them() {
        check("a<b>&\"'", "key-entities", "a&lt;b&gt;&amp;\"'");
        check("a<b>&\"'", "key-entities", "a&lt;b&gt;&amp;&quot;&#039;");
        check("a&lt;b&amp;amp;", "key-entities", "a<b&amp;");
        check("a$b", "key-quoted", "a$$b");
        check("a$$b", "key-quoted", "a$b");
        check("a'b", "key-quoted", "a'\\''b");
        check("a''b", "key-quoted", "a'b");
        check("a\"b\\c", "key-quoted", "a\\\"b\\\\c");
        check("a\\\"b\\$c", "key-quoted", "a\"b$c");
        check("a b!", "key-quoted", "a\\ b\\!");
        check("a='b", "key-quoted", "a\\u003D\\'b");
        check("a\\n", "key-escapes", "a");
        check("a+b/c=", "key-percent", "a%2Bb%2Fc%3D");
        check("a%2Bb", "key-percent", "a+b");
        check("a+b", "key-percent", "a b");
        check("AbC", "key-case", "abc");
        check("YWI=", "key-cut", "YWI");
        check("{\"k\":\"v\"}", "key-json", "v");
    }

    #[test]
    fn entities_are_resolved_once() {
        assert_eq!(without_entities("&amp;lt; & &#39; &"), "&lt; & ' &");
    }

    #[test]
    fn only_names_of_variables_are_tried() {
        for name in ["", "--secret", "key.txt", "/run/secrets/x", "1A"] {
            assert!(of_variable(name, b"s").is_empty(), "{name}");
        }
        let all = of_variable("WEBHOOK_SECRET", b"s");
        let texts: Vec<String> = all.into_iter().map(|(.., text)| String::from_utf8(text).unwrap()).collect();
        for text in
            ["WEBHOOK_SECRET", "$WEBHOOK_SECRET", "${WEBHOOK_SECRET}", "WEBHOOK_SECRET=s", "{\"WEBHOOK_SECRET\":\"s\"}"]
        {
            assert!(texts.iter().any(|known| known == text), "{text}: {texts:?}");
        }
    }
}
