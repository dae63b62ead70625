//! Showing a JSON text compact or indented, with every literal as it was written.

use super::{Document, Kind, Malformed};

/// The text without white space between its tokens.
pub fn compact(text: &str) -> Result<String, Malformed> {
    Ok(lay_out(&Document::parse(text)?, None))
}

/// The text with one member or item a line, two spaces a level.
pub fn pretty(text: &str) -> Result<String, Malformed> {
    Ok(lay_out(&Document::parse(text)?, Some("  ")))
}

fn lay_out(document: &Document<'_>, indent: Option<&str>) -> String {
    let mut out = String::with_capacity(document.text.len());
    let mut open = Vec::new();
    let mut expects_value = false;
    let mut previous = None;
    for token in &document.tokens {
        let ends = token.kind == Kind::End;
        if ends {
            open.pop();
        }
        let after_opening = matches!(previous, Some(Kind::Object | Kind::Array)) && !expects_value;
        if expects_value {
            out.push_str(if indent.is_some() { ": " } else { ":" });
        } else if previous.is_some() {
            if !after_opening && !ends {
                out.push(',');
            }
            if !(after_opening && ends) {
                break_line(&mut out, indent, open.len());
            }
        }
        out.push_str(&document.text[token.start..token.end]);
        let is_key = !expects_value && !ends && open.last() == Some(&Kind::Object);
        if matches!(token.kind, Kind::Object | Kind::Array) {
            open.push(token.kind);
        }
        expects_value = is_key;
        previous = Some(token.kind);
    }
    out
}

fn break_line(out: &mut String, indent: Option<&str>, depth: usize) {
    let Some(indent) = indent else { return };
    out.push('\n');
    for _ in 0..depth {
        out.push_str(indent);
    }
}

#[cfg(test)]
mod tests {
    use super::{compact, pretty};

    #[test]
    fn literals_duplicates_and_order_stay() {
        let text = "{ \"b\" : [ 1E2 , -0.0,\t\"\\/\" ] ,\r\n\"a\": {} , \"a\": [], \"n\":12345678901234567890 }";
        assert_eq!(compact(text).unwrap(), r#"{"b":[1E2,-0.0,"\/"],"a":{},"a":[],"n":12345678901234567890}"#);
        let expected = "{\n  \"b\": [\n    1E2,\n    -0.0,\n    \"\\/\"\n  ],\n  \"a\": {},\n  \"a\": [],\n  \"n\": 12345678901234567890\n}";
        assert_eq!(pretty(text).unwrap(), expected);
    }

    #[test]
    fn the_two_layouts_agree_with_serde_json() {
        for text in
            ["[]", "{}", "[[],{}]", "{\"a\":{\"b\":[1,{\"c\":null}]},\"d\":\"e\"}", "\"x\"", "[{\"a\":1},{\"b\":[2]}]"]
        {
            let value: serde_json::Value = serde_json::from_str(text).unwrap();
            assert_eq!(pretty(text).unwrap(), serde_json::to_string_pretty(&value).unwrap());
            assert_eq!(compact(&pretty(text).unwrap()).unwrap(), text);
        }
    }
}
