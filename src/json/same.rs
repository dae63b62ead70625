//! Whether two values mean the same, however they are written.

use std::collections::HashMap;

use super::literal::{decode, units};
use super::{Document, Kind, Node};

/// Whether two values are equal as JSON: the order of keys and the escapes of strings don't count, and of duplicate
/// keys the last does. Numbers are equal as they are written, or as integers; none is ever rounded.
pub fn same(document: &Document<'_>, one: Node, other: Node) -> bool {
    compare(document, one, other, same_number)
}

/// Whether two values are equal for who reads JSON, which has one kind of number: 2.0 is 2.
pub fn equal(document: &Document<'_>, one: Node, other: Node) -> bool {
    compare(document, one, other, |one, other| decimal(one) == decimal(other))
}

fn compare(document: &Document<'_>, one: Node, other: Node, numbers: fn(&str, &str) -> bool) -> bool {
    let mut open = vec![(one, other)];
    while let Some((one, other)) = open.pop() {
        if document.kind(one) != document.kind(other) {
            return false;
        }
        let texts = || (document.text(one), document.text(other));
        let equal = match document.kind(one) {
            Kind::Object => pair_members(document, one, other, &mut open),
            Kind::Array => pair_items(document, one, other, &mut open),
            Kind::String => units(texts().0).eq(units(texts().1)),
            Kind::Number => numbers(texts().0, texts().1),
            Kind::Literal | Kind::End => texts().0 == texts().1,
        };
        if !equal {
            return false;
        }
    }
    true
}

fn pair_members(document: &Document<'_>, one: Node, other: Node, open: &mut Vec<(Node, Node)>) -> bool {
    let read = |node| -> HashMap<_, _> {
        document.members(node).map(|member| (decode(document.key_text(member)), member.value)).collect()
    };
    let (one, other) = (read(one), read(other));
    let pairs = one.iter().map_while(|(key, value)| Some((*value, *other.get(key)?)));
    let before = open.len();
    open.extend(pairs);
    one.len() == other.len() && open.len() - before == one.len()
}

fn pair_items(document: &Document<'_>, one: Node, other: Node, open: &mut Vec<(Node, Node)>) -> bool {
    let (mut items, mut others) = (document.items(one), document.items(other));
    loop {
        match (items.next(), others.next()) {
            (Some(item), Some(other)) => open.push((item, other)),
            (None, None) => return true,
            _ => return false,
        }
    }
}

fn same_number(one: &str, other: &str) -> bool {
    let signed = || one.parse::<i64>().ok().zip(other.parse::<i64>().ok());
    let unsigned = || one.parse::<u64>().ok().zip(other.parse::<u64>().ok());
    one == other || signed().is_some_and(|(a, b)| a == b) || unsigned().is_some_and(|(a, b)| a == b)
}

/// A number as its sign, its digits without zeros around them, and the power of ten of the last. One with an exponent
/// beyond all measure is its own text.
fn decimal(number: &str) -> (bool, String, Result<i64, &str>) {
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{}{fraction}", whole.trim_start_matches('-'));
    let digits = digits.trim_start_matches('0');
    let kept = digits.trim_end_matches('0');
    if kept.is_empty() {
        return (false, String::new(), Ok(0));
    }
    let last = || {
        let dropped = i64::try_from(digits.len() - kept.len()).ok()?;
        exponent.parse::<i64>().ok()?.checked_add(dropped)?.checked_sub(i64::try_from(fraction.len()).ok()?)
    };
    (number.starts_with('-'), kept.to_string(), last().ok_or(number))
}

#[cfg(test)]
mod tests {
    use super::{Document, equal, same};

    #[test]
    fn a_number_is_equal_however_it_is_written() {
        let check = |one: &str, other: &str, expected: bool| {
            let text = format!("[{one},{other}]");
            let document = Document::parse(&text).unwrap();
            let nodes: Vec<_> = document.items(document.root()).collect();
            assert_eq!(equal(&document, nodes[0], nodes[1]), expected, "{one} and {other}");
        };
        check("2", "2.0", true);
        check("[{\"a\":1E2}]", "[{\"a\":100}]", true);
        check("-0.0", "0e9", true);
        check("0.05", "5e-2", true);
        check("1e99999999999999999999", "1e99999999999999999999", true);
        check("2", "-2", false);
        check("2", "20", false);
        check("0.1", "0.10000000000000000001", false);
        check("12345678901234567890", "12345678901234567891", false);
        check("2", "\"2\"", false);
    }

    #[track_caller]
    fn check(one: &str, other: &str, expected: bool) {
        let text = format!("[{one},{other}]");
        let document = Document::parse(&text).unwrap();
        let nodes: Vec<_> = document.items(document.root()).collect();
        assert_eq!(same(&document, nodes[0], nodes[1]), expected, "{one} and {other}");
        assert_eq!(same(&document, nodes[1], nodes[0]), expected, "{other} and {one}");
    }

    #[test]
    fn what_means_the_same_is_the_same() {
        check(r#"{"a":{"x":1,"y":[2]},"b":null}"#, r#"{ "b": null, "a": {"y": [ 2 ], "x": 1} }"#, true);
        check(r#"["\/\u00e9\ud83c\udf89"]"#, r#"["/é🎉"]"#, true);
        check(r#"{"\u0061":1}"#, r#"{"a":1}"#, true);
        check(r#"{"a":1,"a":2}"#, r#"{"a":2}"#, true);
        check("-0", "0", true);
        check(r#""\ud800""#, r#""\uD800""#, true);
    }

    #[test]
    fn what_differs_is_not() {
        check("1", "1.0", false);
        check("1E2", "100", false);
        check("12345678901234567890", "12345678901234567891", false);
        check("123456789012345678901", "123456789012345678902", false);
        check("1", "\"1\"", false);
        check("[1,2]", "[2,1]", false);
        check("[1]", "[1,2]", false);
        check("{}", "[]", false);
        check(r#"{"a":1}"#, r#"{"a":1,"b":1}"#, false);
        check(r#"{"a":1,"b":1}"#, r#"{"a":1,"c":1}"#, false);
        check(r#"{"a":null}"#, "{}", false);
        check(r#""\ud800""#, r#""\\ud800""#, false);
    }

    #[test]
    fn depth_is_no_matter() {
        let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
        check(&deep, &deep, true);
        check(&deep, &format!("[{deep}]"), false);
    }
}
