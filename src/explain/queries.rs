//! The query of an address as senders and frameworks write it again.

use super::forms::{COMPONENT, Encoder, PHP, PLUS, RFC3986, WHATWG, encode, percent_decoded, recased};

/// All orders are tried up to so many parameters: five have 120.
const PERMUTED: usize = 5;
/// A query with more parameters is not written again.
const MOST: usize = 100;
/// Characters that one library escapes in a query and another does not.
const SINGLE: &str = "'\"!()*~@:$,/;[]|";
/// A longer query is not written again, in bytes.
const LONGEST: usize = 4096;

/// A query that was written again: the code of its cause, what is special about it, and the query.
pub(super) type Rewritten = (&'static str, &'static str, String);

/// Returns other ways to write a query, without its question mark, the likelier first.
pub(super) fn rewritten(query: &str) -> Vec<Rewritten> {
    if query.is_empty() || query.len() > LONGEST {
        return Vec::new();
    }
    let parts: Vec<&str> = query.split('&').collect();
    if parts.len() > MOST {
        return Vec::new();
    }
    let mut found = orders(&parts);
    found.extend(encodings(query, &parts));
    if parts.len() > 1 {
        for skipped in 0..parts.len().min(16) {
            let kept: Vec<&str> =
                parts.iter().enumerate().filter(|(at, _)| *at != skipped).map(|(_, part)| *part).collect();
            found.push(("content-query-part", "one parameter is left out", kept.join("&")));
        }
    }
    found.retain(|(.., other)| other != query);
    found
}

fn orders(parts: &[&str]) -> Vec<Rewritten> {
    const CODE: &str = "content-query-order";
    let name = |part: &&str| part.split('=').next().unwrap_or_default().to_string();
    let sorted = |mut parts: Vec<&str>| {
        parts.sort_by_key(name);
        parts.join("&")
    };
    let reversed: Vec<&str> = parts.iter().rev().copied().collect();
    let mut by_text = parts.to_vec();
    by_text.sort_unstable();
    let mut found = vec![
        (CODE, "sorted by name", sorted(parts.to_vec())),
        (CODE, "sorted by name and value", by_text.join("&")),
        (CODE, "in reverse", reversed.join("&")),
    ];
    if (3..=PERMUTED).contains(&parts.len()) {
        let mut all = Vec::new();
        permute(&mut parts.to_vec(), 0, &mut all);
        found.extend(all.into_iter().map(|query| (CODE, "in another order", query)));
    } else if parts.len() > PERMUTED {
        // One parameter that a proxy appended or a library moved.
        for at in 0..parts.len().min(16) {
            let mut rest = parts.to_vec();
            let moved = rest.remove(at);
            found.push((CODE, "one parameter stands first", [&[moved], rest.as_slice()].concat().join("&")));
            found.push((CODE, "one parameter stands last", [rest.as_slice(), &[moved]].concat().join("&")));
        }
    }
    found
}

fn permute(parts: &mut Vec<&str>, from: usize, found: &mut Vec<String>) {
    if from + 1 >= parts.len() {
        return found.push(parts.join("&"));
    }
    for at in from..parts.len() {
        parts.swap(from, at);
        permute(parts, from + 1, found);
        parts.swap(from, at);
    }
}

fn encodings(query: &str, parts: &[&str]) -> Vec<Rewritten> {
    const CODE: &str = "content-query-encoding";
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).ok();
    let mut found = vec![
        (CODE, "with %20 for each +", query.replace('+', "%20")),
        (CODE, "with + for each %20", query.replace("%20", "+")),
    ];
    let decoded = [
        ("decoded", text(percent_decoded(query.as_bytes()))),
        ("decoded, with a space for each +", text(percent_decoded(query.replace('+', " ").as_bytes()))),
        ("with escapes in lower case", text(recased(query, false))),
        ("with escapes in upper case", text(recased(query, true))),
    ];
    found.extend(decoded.into_iter().filter_map(|(detail, query)| Some((CODE, detail, query?))));
    let mut fields: Vec<(String, String)> =
        form_urlencoded::parse(query.as_bytes()).map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
    for (detail, encoder) in [
        ("as URLSearchParams, Java and Ruby write it", WHATWG),
        ("as encodeURIComponent writes it", COMPONENT),
        ("as Python and Go write it", PLUS),
        ("as RFC 3986 has it", RFC3986),
        ("as PHP's http_build_query writes it", PHP),
    ] {
        found.push((CODE, detail, super::forms::write(&fields, encoder)));
        let kept = parts.iter().map(|part| encoded_again(part, encoder)).collect::<Vec<_>>().join("&");
        found.push((CODE, "encoded twice", kept));
    }
    fields.sort_by(|(one, _), (other, _)| one.cmp(other));
    for (detail, encoder) in [
        ("sorted and encoded as RFC 3986 has it, as Symfony and Laravel's fullUrl do", RFC3986),
        ("sorted and encoded as URLSearchParams, Java and Ruby do", WHATWG),
        ("sorted and encoded as Python and Go do", PLUS),
        ("sorted and encoded as encodeURIComponent does", COMPONENT),
    ] {
        found.push(("content-query-order", detail, super::forms::write(&fields, encoder)));
    }
    for character in SINGLE.chars() {
        let upper = format!("%{:02X}", u32::from(character));
        let plain = character.to_string();
        found.push((CODE, "one character is escaped that stood plain", query.replace(character, &upper)));
        let decoded = query.replace(&upper, &plain).replace(&upper.to_lowercase(), &plain);
        found.push((CODE, "one character stands plain that was escaped", decoded));
    }
    let partly = |plain: &str| {
        plain.chars().fold(query.to_string(), |query, character| {
            let upper = format!("%{:02X}", u32::from(character));
            let plain = character.to_string();
            query.replace(&upper, &plain).replace(&upper.to_lowercase(), &plain)
        })
    };
    found.push((CODE, "with @ and : plain, as in addresses of SIP", partly("@:")));
    found.push((CODE, "with the characters plain that a query may have", partly(SINGLE)));
    found.push((CODE, "each parameter without a value has a =", with_equals(parts)));
    found.push((CODE, "with &amp; for each &", query.replace('&', "&amp;")));
    found
}

/// A name and a value that are encoded though they are already.
fn encoded_again(part: &str, encoder: Encoder) -> String {
    let (name, value) = part.split_once('=').map_or((part, None), |(name, value)| (name, Some(value)));
    let mut out = String::new();
    encode(name, encoder, &mut out);
    if let Some(value) = value {
        out.push('=');
        encode(value, encoder, &mut out);
    }
    out
}

fn with_equals(parts: &[&str]) -> String {
    parts
        .iter()
        .map(|part| if part.contains('=') { (*part).to_string() } else { format!("{part}=") })
        .collect::<Vec<_>>()
        .join("&")
}

#[cfg(test)]
mod tests {
    use super::rewritten;

    #[track_caller]
    fn check(query: &str, code: &str, expected: &str) {
        let all = rewritten(query);
        assert!(all.iter().any(|(known, _, other)| *known == code && other == expected), "{expected}: {all:?}");
    }

    #[test]
    fn queries_are_written_again() {
        check("b=2&a=1", "content-query-order", "a=1&b=2");
        check("a=1&b=2&c=3", "content-query-order", "b=2&a=1&c=3");
        check("a&b&c&d&e&f&g", "content-query-order", "g&a&b&c&d&e&f");
        check("a=x%20y&b=%C3%A9", "content-query-encoding", "a=x+y&b=%C3%A9");
        check("a=x+y&b=%C3%A9", "content-query-encoding", "a=x y&b=é");
        check("a=%C3%A9", "content-query-encoding", "a=%c3%a9");
        check("a=x%20y", "content-query-encoding", "a=x%2520y");
        check("a=(x)!", "content-query-encoding", "a=%28x%29%21");
        check("a&b=1", "content-query-encoding", "a=&b=1");
        check("n=O%27Hara+x", "content-query-encoding", "n=O'Hara+x");
        check("n=O'Hara+x", "content-query-encoding", "n=O%27Hara+x");
        check("c=sip%3A1%40x&d=%2B1", "content-query-encoding", "c=sip:1@x&d=%2B1");
        check("b=x+y&a=1", "content-query-order", "a=1&b=x%20y");
        check("a=1&b=2", "content-query-part", "b=2");
    }

    #[test]
    fn how_many_are_tried_is_bounded() {
        for query in ["a=1&b=2&c=3&d=4&e=5".to_string(), "a=1&".repeat(100), "é&".repeat(20)] {
            assert!(rewritten(&query).len() < 250, "{}", rewritten(&query).len());
        }
        assert!(rewritten(&"a=1&".repeat(101)).is_empty() && rewritten("").is_empty());
    }
}
