//! A form as libraries write it again, decode it, or turn its fields into JSON.
//!
//! The tables were measured: every ASCII character was written by Node 20 (`querystring`, `URLSearchParams`,
//! `encodeURIComponent`), Python 3.11 (`urllib.parse`), PHP 8.2 (`http_build_query`) and Java 17 (`URLEncoder`).
//! Go, .NET and Ruby follow their documentation and source.

use std::collections::HashMap;

use super::bodies::Add;
use super::form_values;
use super::rewrite::{JAVASCRIPT, Numbers, Order as KeyOrder, PYTHON, Strings, Style, rewrite};
use crate::json::{Document, Kind};

/// A form with more fields is not written again.
const MOST_FIELDS: usize = 10_000;

/// An encoder of names and values.
#[derive(Clone, Copy, Debug)]
pub(super) struct Encoder {
    /// Characters other than letters and digits that stay.
    safe: &'static [u8],
    /// What stands for a space.
    space: &'static str,
    /// Whether hexadecimal digits are in upper case.
    upper: bool,
}

const fn encoder(safe: &'static [u8], space: &'static str) -> Encoder {
    Encoder { safe, space, upper: true }
}

/// The WHATWG serializer; also Java's `URLEncoder` and Ruby's `URI.encode_www_form`.
pub(super) const WHATWG: Encoder = encoder(b"*-._", "+");
/// JavaScript's `encodeURIComponent` and Node's `querystring`; `Uri.EscapeDataString` before .NET 4.5.
pub(super) const COMPONENT: Encoder = encoder(b"!'()*-._~", "%20");
/// Python's `quote_plus`, Go's `QueryEscape`, Ruby's `CGI.escape`, .NET's `FormUrlEncodedContent`.
pub(super) const PLUS: Encoder = encoder(b"-._~", "+");
/// RFC 3986: PHP with `PHP_QUERY_RFC3986`, .NET's `Uri.EscapeDataString`, Python's `quote`, npm's `qs`.
pub(super) const RFC3986: Encoder = encoder(b"-._~", "%20");
/// PHP's `http_build_query` and `urlencode`.
pub(super) const PHP: Encoder = encoder(b"-._", "+");
/// .NET's `HttpUtility.UrlEncode`.
const HTTP_UTILITY: Encoder = Encoder { upper: false, ..WEB_UTILITY };
/// .NET's `WebUtility.UrlEncode`.
const WEB_UTILITY: Encoder = encoder(b"!()*-._", "+");
/// Python's `quote` as it is by default.
const QUOTE: Encoder = encoder(b"-._~/", "%20");
/// axios: `encodeURIComponent`, of which it undoes some.
const AXIOS: Encoder = encoder(b"!'()*-._~:$,", "+");
/// `jQuery.param`.
const JQUERY: Encoder = encoder(b"!'()*-._~", "+");

/// The order of the fields, and what becomes of a name that comes twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    AsWritten,
    /// The values of a name stand together, at the first one's place.
    Grouped,
    /// The last value counts, at the first one's place.
    LastWins,
    /// By name; the values of a name keep their order.
    Sorted,
    /// As PHP reads names: the last value counts, `a[]` is numbered, `.` and a space become `_`.
    Php,
    /// As npm's `qs` reads names: those that come twice are numbered.
    Numbered,
}

/// Names and values, decoded.
pub(super) type Fields = Vec<(String, String)>;

const REWRITTEN: &str = "body-form-rewritten";
const SORTED: &str = "body-form-sorted";

#[rustfmt::skip]
const WRITERS: &[(&str, &str, Encoder, Order)] = &[
    (REWRITTEN, "as URLSearchParams, Java's URLEncoder and Ruby's URI.encode_www_form write it", WHATWG, Order::AsWritten),
    (REWRITTEN, "as Node's querystring.stringify writes it", COMPONENT, Order::Grouped),
    (REWRITTEN, "as Python's urlencode and .NET's FormUrlEncodedContent write it", PLUS, Order::AsWritten),
    (REWRITTEN, "as Uri.EscapeDataString, Python's quote and PHP's rawurlencode write it", RFC3986, Order::AsWritten),
    (REWRITTEN, "as PHP's http_build_query writes it", PHP, Order::Php),
    (REWRITTEN, "as PHP's http_build_query writes it with PHP_QUERY_RFC3986", RFC3986, Order::Php),
    (REWRITTEN, "as Spring writes it from the request's parameters", WHATWG, Order::Grouped),
    (REWRITTEN, "as npm's qs writes it", RFC3986, Order::Numbered),
    (REWRITTEN, "as npm's qs writes it with RFC1738", encoder(b"()-._~", "+"), Order::Numbered),
    (SORTED, "as Go's url.Values.Encode and Rails' to_query write it", PLUS, Order::Sorted),
    (SORTED, "as URLSearchParams writes it after sort()", WHATWG, Order::Sorted),
    (SORTED, "as Node's querystring.stringify writes it", COMPONENT, Order::Sorted),
    (SORTED, "as PHP's http_build_query writes it after ksort", PHP, Order::Sorted),
    (SORTED, "with %20 for a space, as RFC 3986 has it", RFC3986, Order::Sorted),
    (REWRITTEN, "as .NET's HttpUtility.UrlEncode writes it", HTTP_UTILITY, Order::AsWritten),
    (REWRITTEN, "as .NET's HttpUtility.ParseQueryString writes it", HTTP_UTILITY, Order::Grouped),
    (REWRITTEN, "as .NET's WebUtility.UrlEncode writes it", WEB_UTILITY, Order::AsWritten),
    (REWRITTEN, "as Python's urlencode writes a parsed form", PLUS, Order::Grouped),
    (REWRITTEN, "as Python's urlencode writes a dict", PLUS, Order::LastWins),
    (REWRITTEN, "as URLSearchParams writes an object", WHATWG, Order::LastWins),
    (REWRITTEN, "as Node's querystring.stringify writes an object", COMPONENT, Order::LastWins),
    (REWRITTEN, "as encodeURIComponent writes each field", COMPONENT, Order::AsWritten),
    (REWRITTEN, "as Python's quote writes it", QUOTE, Order::AsWritten),
    (REWRITTEN, "as axios writes it", AXIOS, Order::AsWritten),
    (REWRITTEN, "as jQuery.param writes it", JQUERY, Order::AsWritten),
];

/// Encoders of a form that is made of something else.
#[rustfmt::skip]
pub(super) const ENCODERS: [(&str, Encoder); 5] = [
    ("as URLSearchParams, Java and Ruby write it", WHATWG),
    ("as Python, Go and FormUrlEncodedContent write it", PLUS),
    ("as PHP's http_build_query writes it", PHP),
    ("as encodeURIComponent writes it", COMPONENT),
    ("with %20 for a space, as RFC 3986 has it", RFC3986),
];

/// Encodes a name or a value.
pub(super) fn encode(text: &str, encoder: Encoder, out: &mut String) {
    let digits = if encoder.upper { b"0123456789ABCDEF" } else { b"0123456789abcdef" };
    for byte in text.bytes() {
        match byte {
            b' ' => out.push_str(encoder.space),
            _ if byte.is_ascii_alphanumeric() || encoder.safe.contains(&byte) => out.push(char::from(byte)),
            _ => out.extend([
                '%',
                char::from(digits[usize::from(byte >> 4)]),
                char::from(digits[usize::from(byte & 15)]),
            ]),
        }
    }
}

/// Returns whether a text may be a form: it has a `=`, and does not begin as another format does.
fn is_form(text: &str) -> bool {
    let trimmed = text.trim();
    trimmed.contains('=') && !trimmed.starts_with(['{', '[', '<', '"', '-']) && !trimmed.contains('\n')
}

/// Adds the forms that are made of a form.
pub(super) fn of_form(text: &str, add: Add<'_>) {
    if !is_form(text) {
        return of_json(text, add);
    }
    let text = text.trim_end_matches(['\r', '\n']);
    let fields: Fields = form_urlencoded::parse(text.as_bytes())
        .take(MOST_FIELDS + 1)
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    if fields.len() > MOST_FIELDS {
        return;
    }
    for (code, detail, encoder, order) in WRITERS {
        add(code, detail, write(&ordered(&fields, *order), *encoder).into_bytes());
    }
    let filled: Fields = fields.iter().filter(|(_, value)| !value.is_empty()).cloned().collect();
    if filled.len() < fields.len() {
        add(REWRITTEN, "as Python's urlencode writes it, without empty fields", write(&filled, PLUS).into_bytes());
    }
    rack(&fields, add);
    add(REWRITTEN, "with %20 for each +", text.replace('+', "%20").into_bytes());
    add(REWRITTEN, "with + for each %20", text.replace("%20", "+").into_bytes());
    add(REWRITTEN, "with escapes in lower case", recased(text, false));
    add(REWRITTEN, "with escapes in upper case", recased(text, true));
    let unescaped = |text: &str| percent_decoded(text.as_bytes());
    add("body-form-unescaped", "each + became a space", unescaped(&text.replace('+', " ")));
    add("body-form-unescaped", "each + is kept, as decodeURIComponent does", unescaped(text));
    form_values::of_fields(&fields, add);
    inside(&fields, add);
}

/// Rack 2 leaves the brackets of nested names as they are.
fn rack(fields: &Fields, add: Add<'_>) {
    let mut out = String::new();
    for (index, (name, value)) in fields.iter().enumerate() {
        out.push_str(if index > 0 { "&" } else { "" });
        for piece in name.split_inclusive(['[', ']']) {
            let bare = piece.trim_end_matches(['[', ']']);
            encode(bare, WHATWG, &mut out);
            out.push_str(&piece[bare.len()..]);
        }
        out.push('=');
        encode(value, WHATWG, &mut out);
    }
    add(REWRITTEN, "as Rack's build_nested_query writes it", out.into_bytes());
}

/// The JSON inside a `payload` field, as libraries write it again.
fn inside(fields: &Fields, add: Add<'_>) {
    let Some((_, value)) = fields.iter().find(|(name, _)| name == "payload") else { return };
    let Ok(document) = Document::parse(value) else { return };
    let php = Style { strings: Strings::AsciiSlashes, numbers: Numbers::Php, order: KeyOrder::Parsed, ..JAVASCRIPT };
    for (detail, style) in [
        ("and written again as JSON.stringify does", JAVASCRIPT),
        ("and written again as Python's json.dumps does", PYTHON),
        ("and written again as PHP's json_encode does", php),
    ] {
        if let Some(text) = rewrite(&document, &style) {
            add("body-form-decoded", detail, text.into_bytes());
        }
    }
}

/// Adds the forms that a JSON object without nested values may have been.
fn of_json(text: &str, add: Add<'_>) {
    for (detail, encoder) in ENCODERS {
        let mut form = "payload=".to_string();
        encode(text, encoder, &mut form);
        add("body-form", detail, form.into_bytes());
    }
    let Ok(document) = Document::parse(text) else { return };
    if document.kind(document.root()) != Kind::Object {
        return;
    }
    let field = |member| Some((document.key(member).into_owned(), document.scalar(member.value)?));
    let members = document.members(document.root()).take(MOST_FIELDS).map(field).collect::<Option<Fields>>();
    let Some(fields) = members.filter(|fields| !fields.is_empty()) else { return };
    for (detail, encoder) in ENCODERS {
        add("body-form-of-json", detail, write(&fields, encoder).into_bytes());
    }
    add(
        "body-form-of-json",
        "sorted by name, as Go writes it",
        write(&ordered(&fields, Order::Sorted), PLUS).into_bytes(),
    );
}

/// Returns the body's fields together with a query's parameters.
pub(super) fn with_query(body: &str, query: &str) -> Vec<(&'static str, String)> {
    let body = body.trim_end_matches(['\r', '\n']);
    if body.is_empty() {
        return vec![("the query in the place of the body", query.to_string())];
    }
    if !is_form(body) {
        return Vec::new();
    }
    let both = format!("{query}&{body}");
    let fields: Fields = form_urlencoded::parse(both.as_bytes())
        .take(MOST_FIELDS)
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    let spring = write(&ordered(&fields, Order::Grouped), WHATWG);
    vec![
        ("after the body's fields", format!("{body}&{query}")),
        ("before the body's fields", both),
        ("before the body's fields, written as Spring does", spring),
    ]
}

/// The fields as a form.
pub(super) fn write(fields: &Fields, encoder: Encoder) -> String {
    let mut out = String::new();
    for (index, (name, value)) in fields.iter().enumerate() {
        out.push_str(if index > 0 { "&" } else { "" });
        encode(name, encoder, &mut out);
        out.push('=');
        encode(value, encoder, &mut out);
    }
    out
}

fn ordered(fields: &Fields, order: Order) -> Fields {
    let mut fields = match order {
        Order::Php => fields.iter().map(|(name, value)| (php_name(name), value.clone())).collect(),
        _ => fields.clone(),
    };
    match order {
        Order::AsWritten => {}
        Order::Sorted => fields.sort_by(|(one, _), (other, _)| one.cmp(other)),
        Order::Grouped => group(&mut fields, str::to_string),
        Order::LastWins => fields = last_of_each(fields),
        Order::Php => {
            number(&mut fields, |name, _| name.ends_with("[]"));
            fields = last_of_each(fields);
            group(&mut fields, base);
        }
        Order::Numbered => {
            number(&mut fields, |name, count| name.ends_with("[]") || count > 1);
            group(&mut fields, base);
        }
    }
    fields
}

/// The name without its brackets.
fn base(name: &str) -> String {
    name.split('[').next().unwrap_or(name).to_string()
}

fn php_name(name: &str) -> String {
    let end = name.find('[').unwrap_or(name.len());
    name[..end].replace(['.', ' '], "_") + &name[end..]
}

/// Writes `a[]` and names that come several times as `a[0]`, `a[1]`.
fn number(fields: &mut Fields, is_list: impl Fn(&str, usize) -> bool) {
    let mut counts: HashMap<String, usize> = HashMap::new();
    for (name, _) in &*fields {
        *counts.entry(name.clone()).or_default() += 1;
    }
    let mut next: HashMap<String, usize> = HashMap::new();
    for (name, _) in fields {
        if is_list(name, counts.get(name.as_str()).copied().unwrap_or(1)) {
            let index = next.entry(name.clone()).or_default();
            *name = format!("{}[{index}]", name.strip_suffix("[]").unwrap_or(name));
            *index += 1;
        }
    }
}

/// Brings the fields of a group to the place of its first.
fn group(fields: &mut Fields, of: impl Fn(&str) -> String) {
    let mut places: HashMap<String, usize> = HashMap::new();
    for (name, _) in &*fields {
        let next = places.len();
        places.entry(of(name)).or_insert(next);
    }
    fields.sort_by_key(|(name, _)| places.get(&of(name)).copied());
}

fn last_of_each(fields: Fields) -> Fields {
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut kept: Fields = Vec::new();
    for (name, value) in fields {
        let place = *places.entry(name.clone()).or_insert(kept.len());
        match kept.get_mut(place) {
            Some((_, known)) => *known = value,
            None => kept.push((name, value)),
        }
    }
    kept
}

/// The text with its `%XX` in one case.
pub(super) fn recased(text: &str, upper: bool) -> Vec<u8> {
    let mut out = text.as_bytes().to_vec();
    let mut at = 0;
    while at + 2 < out.len() {
        if out[at] == b'%' && out[at + 1..at + 3].iter().all(u8::is_ascii_hexdigit) {
            let digits = &mut out[at + 1..at + 3];
            if upper {
                digits.make_ascii_uppercase();
            } else {
                digits.make_ascii_lowercase();
            }
            at += 2;
        }
        at += 1;
    }
    out
}

/// The bytes with each `%XX` resolved.
pub(super) fn percent_decoded(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = bytes.get(at + 1..at + 3).filter(|_| bytes[at] == b'%').and_then(|digits| hex::decode(digits).ok());
        if let Some(byte) = hex {
            out.extend(byte);
            at += 3;
        } else {
            out.push(bytes[at]);
            at += 1;
        }
    }
    out
}
