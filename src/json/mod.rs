//! JSON as text: one small tokenizer under which every literal stays as it was written.
//!
//! A body that was caught or given is text, not a tree: `1E2`, `\/`, duplicate keys and twenty
//! digits survive being found, shown, compacted and changed here. Nothing recurses, so depth is
//! bounded by memory alone. Trees of `serde_json` are for our own documents.

mod change;
mod layout;
mod tokens;

pub use change::{ChangeError, Create, remove, set};
pub use layout::{compact, pretty};
pub use tokens::{Kind, Malformed};

use std::ops::Range;

use crate::path::{Path, Step};
use tokens::{Token, tokenize};

/// A JSON text with its tokens.
#[derive(Debug)]
pub struct Document<'a> {
    text: &'a str,
    tokens: Vec<Token>,
}

/// A value of a document: the index of its first token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node(usize);

/// A member of an object.
#[derive(Clone, Debug)]
pub struct Member {
    /// The key, decoded.
    pub key: String,
    key_token: usize,
    /// The value.
    pub value: Node,
}

impl<'a> Document<'a> {
    /// Reads a text that is one JSON value.
    pub fn parse(text: &'a str) -> Result<Self, Malformed> {
        Ok(Self { text, tokens: tokenize(text)? })
    }

    /// The whole value.
    pub fn root(&self) -> Node {
        Node(0)
    }

    /// What kind of value it is.
    pub fn kind(&self, node: Node) -> Kind {
        self.tokens[node.0].kind
    }

    /// Where the value stands in the text.
    pub fn span(&self, node: Node) -> Range<usize> {
        self.tokens[node.0].start..self.tokens[self.last(node)].end
    }

    /// The value as written.
    pub fn text(&self, node: Node) -> &'a str {
        &self.text[self.span(node)]
    }

    /// A string decoded, or a number or literal as written; nothing for an object or array.
    pub fn scalar(&self, node: Node) -> Option<String> {
        match self.kind(node) {
            Kind::String => Some(decode(self.text(node))),
            Kind::Number | Kind::Literal => Some(self.text(node).to_string()),
            _ => None,
        }
    }

    /// The members of an object, in order, duplicates included; nothing for other values.
    pub fn members(&self, node: Node) -> Vec<Member> {
        let mut members = Vec::new();
        if self.kind(node) != Kind::Object {
            return members;
        }
        let mut at = node.0 + 1;
        while self.tokens[at].kind == Kind::String {
            let value = Node(at + 1);
            members.push(Member { key: decode(self.text(Node(at))), key_token: at, value });
            at = self.last(value) + 1;
        }
        members
    }

    /// The key of a member as written.
    pub fn key_text(&self, member: &Member) -> &'a str {
        self.text(Node(member.key_token))
    }

    /// The items of an array, in order; nothing for other values.
    pub fn items(&self, node: Node) -> Vec<Node> {
        let mut items = Vec::new();
        if self.kind(node) != Kind::Array {
            return items;
        }
        let mut at = node.0 + 1;
        while self.tokens[at].kind != Kind::End {
            items.push(Node(at));
            at = self.last(Node(at)) + 1;
        }
        items
    }

    /// The value at a path. Of duplicate keys the last one counts, as in every common parser.
    pub fn find(&self, path: &Path) -> Option<Node> {
        path.0.iter().try_fold(self.root(), |node, step| self.step(node, step))
    }

    /// The string, number or literal at a path, decoded.
    pub fn scalar_at(&self, path: &Path) -> Option<String> {
        self.find(path).and_then(|node| self.scalar(node))
    }

    fn step(&self, node: Node, step: &Step) -> Option<Node> {
        let index = match (self.kind(node), step) {
            (Kind::Object, Step::Key(key)) => return self.member(node, key).map(|member| member.value),
            (Kind::Array, Step::Key(key)) => key.parse().ok()?,
            (Kind::Array, Step::Index(index)) => *index,
            _ => return None,
        };
        self.items(node).get(index).copied()
    }

    fn member(&self, node: Node, key: &str) -> Option<Member> {
        self.members(node).into_iter().rfind(|member| member.key == key)
    }

    /// Every path of the document with its kind, in the order of the text.
    pub fn paths(&self) -> Vec<(Path, Kind)> {
        let mut paths = Vec::new();
        let mut open = vec![(Path::default(), self.root())];
        while let Some((path, node)) = open.pop() {
            let members = self.members(node).into_iter().map(|m| (path.then(Step::Key(m.key)), m.value));
            let items = self.items(node).into_iter().enumerate().map(|(i, item)| (path.then(Step::Index(i)), item));
            let mut inner: Vec<_> = members.chain(items).collect();
            inner.reverse();
            open.extend(inner);
            if !path.0.is_empty() {
                paths.push((path, self.kind(node)));
            }
        }
        paths
    }

    fn last(&self, node: Node) -> usize {
        self.tokens[node.0].last
    }
}

/// The text of a JSON string literal.
fn decode(literal: &str) -> String {
    // A lone surrogate is legal JSON that no Rust string can hold: such a literal stays escaped.
    serde_json::from_str(literal).unwrap_or_else(|_| literal.trim_matches('"').to_string())
}

/// A text as a JSON string literal.
pub fn quote(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::{Document, Kind, Path};

    fn find(text: &str, path: &str) -> Option<String> {
        let document = Document::parse(text).unwrap();
        document.find(&Path::parse(path).unwrap()).map(|node| document.text(node).to_string())
    }

    #[test]
    fn values_are_found_as_written() {
        let text = r#"{"a": [1E2, {"b\/c": "x\u00e9"}], "n": 12345678901234567890, "n": -0.0}"#;
        assert_eq!(find(text, "a[0]").as_deref(), Some("1E2"));
        assert_eq!(find(text, "/a/1/b~1c").as_deref(), Some("\"x\\u00e9\""));
        assert_eq!(find(text, "n").as_deref(), Some("-0.0"), "the last duplicate counts");
        assert_eq!(find(text, "a[2]"), None);
        assert_eq!(find(text, "a.b"), None);
    }

    #[test]
    fn paths_come_in_the_order_of_the_text() {
        let document = Document::parse(r#"{"a":[1,{"b":null}],"c":"d"}"#).unwrap();
        let paths: Vec<_> = document.paths().into_iter().map(|(path, kind)| (path.to_string(), kind)).collect();
        let expected = [
            ("a", Kind::Array),
            ("a[0]", Kind::Number),
            ("a[1]", Kind::Object),
            ("a[1].b", Kind::Literal),
            ("c", Kind::String),
        ];
        assert_eq!(paths, expected.map(|(path, kind)| (path.to_string(), kind)));
    }

    #[test]
    fn a_lone_surrogate_is_no_panic() {
        assert_eq!(find(r#"{"a":"\ud800"}"#, "a").as_deref(), Some(r#""\ud800""#));
    }
}
