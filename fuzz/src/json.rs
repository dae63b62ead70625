//! JSON as text: our tokenizer agrees with another one, spans lie inside the text, layouts are idempotent.

use hookproof::json::{self, Document, Kind, Node};
use serde::de::IgnoredAny;

/// The limit of `json::pretty`: its output is not longer than this many times the input, or a MiB.
const GROWTH: usize = 32;

pub(crate) fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    quoted_text_reads_back(text);
    let accepted = serde_json::from_str::<IgnoredAny>(text).is_ok();
    match Document::parse(text) {
        Ok(document) => {
            assert!(accepted, "serde_json refuses it");
            spans_nest(&document, text);
            layouts_agree(text);
        }
        Err(error) => {
            assert!(!accepted, "serde_json accepts it: {error}");
            assert!(error.at <= text.len(), "the error is outside the text");
        }
    }
}

fn quoted_text_reads_back(text: &str) {
    let mut quoted = Vec::new();
    json::write_quoted(text, &mut quoted);
    for literal in [quoted, json::quote(text).into_bytes()] {
        assert_eq!(serde_json::from_slice::<String>(&literal).ok().as_deref(), Some(text));
    }
}

fn spans_nest(document: &Document<'_>, text: &str) {
    let whole = text.trim_matches([' ', '\t', '\n', '\r']);
    assert_eq!(document.text(document.root()), whole);
    let mut open = vec![document.root()];
    let mut count = 0;
    while let Some(node) = open.pop() {
        count += 1;
        let span = document.span(node);
        let children: Vec<Node> =
            document.members(node).map(|member| member.value).chain(document.items(node)).collect();
        for child in &children {
            let inner = document.span(*child);
            assert!(span.start < inner.start && inner.end < span.end, "{inner:?} is not inside {span:?}");
        }
        for pair in children.windows(2) {
            assert!(document.span(pair[0]).end < document.span(pair[1]).start, "values overlap");
        }
        scalar_is_decoded(document, node);
        open.extend(children);
    }
    assert!(count <= text.len(), "more values than bytes");
}

/// A lone surrogate has no counterpart in a Rust string, so there the decoders may differ.
fn scalar_is_decoded(document: &Document<'_>, node: Node) {
    let literal = document.text(node);
    let scalar = document.scalar(node);
    match document.kind(node) {
        Kind::Object | Kind::Array | Kind::End => assert_eq!(scalar, None),
        Kind::Number | Kind::Literal => assert_eq!(scalar.as_deref(), Some(literal)),
        Kind::String => {
            if let Ok(expected) = serde_json::from_str::<String>(literal) {
                assert_eq!(scalar, Some(expected));
            }
        }
    }
}

fn layouts_agree(text: &str) {
    let compact = json::compact(text).expect("JSON");
    let pretty = json::pretty(text).expect("JSON");
    assert!(compact.len() <= text.len(), "compact text is longer");
    assert!(pretty.len() <= (text.len() * GROWTH).max(1 << 20), "the layout is {} bytes long", pretty.len());
    assert_eq!(json::compact(&compact).as_ref(), Ok(&compact));
    assert_eq!(json::compact(&pretty).as_ref(), Ok(&compact));
    assert_eq!(json::pretty(&compact).as_ref(), Ok(&pretty));
}
