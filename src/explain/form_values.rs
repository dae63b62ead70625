//! The fields of a form as JSON, and as languages print a map of them.

use std::collections::HashMap;

use super::bodies::Add;
use super::forms::Fields;
use super::printed::{self, Printer};
use super::rewrite::{JAVASCRIPT, Numbers, Order as KeyOrder, PYTHON, Strings, Style, rewrite};
use crate::json::{self, Document};

/// Adds the fields as JSON and as the text of a map.
pub(super) fn of_fields(fields: &Fields, add: Add<'_>) {
    const CODE: &str = "body-form-json";
    let compact = Style { item: ",", key: ":", ..PYTHON };
    let php = Style { strings: Strings::AsciiSlashes, numbers: Numbers::Php, order: KeyOrder::Parsed, ..JAVASCRIPT };
    let go = Style { strings: Strings::Html, order: KeyOrder::Sorted, ..JAVASCRIPT };
    let pretty = Style { indent: Some("  "), key: ": ", ..JAVASCRIPT };
    #[rustfmt::skip]
    let styles = [
        (Values::Grouped, "as JSON.stringify writes them", JAVASCRIPT),
        (Values::Last, "as JSON.stringify writes them, one value each", JAVASCRIPT),
        (Values::Last, "as Python's json.dumps writes a dict", PYTHON),
        (Values::Last, "as Python's json.dumps writes a dict, without spaces", compact),
        (Values::Last, "as PHP's json_encode writes $_POST", php),
        (Values::Last, "as PHP's json_encode writes $_POST with JSON_UNESCAPED_SLASHES", Style { strings: Strings::Ascii, ..php }),
        (Values::Last, "as Go's json.Marshal writes a map", go),
        (Values::Lists, "as Python's json.dumps writes parse_qs", PYTHON),
        (Values::Lists, "as Go's json.Marshal writes url.Values", go),
        (Values::Lists, "as JSON.stringify writes lists", JAVASCRIPT),
        (Values::Grouped, "as JSON.stringify writes them, indented", pretty),
    ];
    let texts = [Values::Grouped, Values::Last, Values::Lists].map(|values| (values, json_of(fields, values)));
    for (values, detail, style) in styles {
        let text = texts.iter().find(|(known, _)| *known == values).map(|(_, text)| text);
        if let Some(text) = text.and_then(|text| rewrite(&Document::parse(text).ok()?, &style)) {
            add(CODE, detail, text.into_bytes());
        }
    }
    for (values, detail, printer) in [
        (Values::Last, "as Python prints a dict", Printer::Python),
        (Values::Lists, "as Python prints parse_qs", Printer::Python),
        (Values::Last, "as Ruby prints a hash", Printer::Ruby),
        (Values::Last, "as Java prints a map", Printer::Java),
        (Values::Lists, "as Java prints a map of lists", Printer::Java),
        (Values::Lists, "as Go prints url.Values", Printer::Go),
    ] {
        let text = texts.iter().find(|(known, _)| *known == values).map(|(_, text)| text);
        if let Some(text) = text.and_then(|text| printed::print(&Document::parse(text).ok()?, printer)) {
            add("body-printed", detail, text.into_bytes());
        }
    }
}

/// How the values of a name stand in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Values {
    /// One is a string, several are a list.
    Grouped,
    /// The last one.
    Last,
    /// Always a list.
    Lists,
}

fn json_of(fields: &Fields, values: Values) -> String {
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
    for (name, value) in fields {
        let place = *places.entry(name).or_insert(groups.len());
        match groups.get_mut(place) {
            Some((_, all)) => all.push(value),
            None => groups.push((name, vec![value])),
        }
    }
    let member = |(name, all): &(&str, Vec<&str>)| {
        let list = || format!("[{}]", all.iter().map(|value| json::quote(value)).collect::<Vec<_>>().join(","));
        let one = || json::quote(all.last().copied().unwrap_or_default());
        let value = match values {
            Values::Lists => list(),
            Values::Grouped if all.len() > 1 => list(),
            Values::Grouped | Values::Last => one(),
        };
        format!("{}:{value}", json::quote(name))
    };
    format!("{{{}}}", groups.iter().map(member).collect::<Vec<_>>().join(","))
}
