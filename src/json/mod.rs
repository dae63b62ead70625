//! JSON as text: one small tokenizer under which every literal stays as it was written.
//!
//! A body that was caught or given is text, not a tree: `1E2`, `\/`, duplicate keys and twenty
//! digits survive being found, shown, compacted and changed here. Nothing recurses, so depth is
//! bounded by memory alone. Trees of `serde_json` are for our own documents.

mod change;
mod layout;
mod literal;
mod quoting;
mod same;
mod tokens;

pub use change::{ChangeError, Create, remove, set};
pub use layout::{Line, compact, pretty};
pub use literal::{quote, units};
pub use quoting::write_quoted;
pub use same::{equal, same};
pub use tokens::{Kind, Malformed};

use std::borrow::Cow;
use std::cell::OnceCell;
use std::ops::Range;

use crate::path::{Path, Step};
use literal::{decode, inner};
use tokens::{Token, tokenize};

/// A JSON text with its tokens.
#[derive(Debug)]
pub struct Document<'a> {
    text: &'a str,
    tokens: Vec<Token>,
}

/// A body that is read as JSON when it is first asked of, and once.
#[derive(Debug)]
pub struct Body<'a> {
    bytes: &'a [u8],
    document: OnceCell<Option<Document<'a>>>,
}

impl<'a> Body<'a> {
    /// Nothing is read yet.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, document: OnceCell::new() }
    }

    /// The document that it is; nothing where it is no JSON.
    pub fn document(&self) -> Option<&Document<'a>> {
        let read = || std::str::from_utf8(self.bytes).ok().and_then(|text| Document::parse(text).ok());
        self.document.get_or_init(read).as_ref()
    }

    /// The string, number or literal at a path of it, decoded.
    pub fn scalar_at(&self, path: &Path) -> Option<String> {
        self.document()?.scalar_at(path)
    }

    /// Whether there is a value at a path of it.
    pub fn has(&self, path: &Path) -> bool {
        self.document().is_some_and(|document| document.find(path).is_some())
    }
}

/// A value of a document: the index of its first token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node(usize);

/// A member of an object; its document knows the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    key: Node,
    /// The value.
    pub value: Node,
}

/// How far into a document to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reach {
    /// What stands deeper is passed over.
    pub depth: usize,
    /// What stands under a longer key is passed over; in bytes.
    pub key: usize,
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
        self.tokens[node.0].kind()
    }

    /// Where the value stands in the text.
    pub fn span(&self, node: Node) -> Range<usize> {
        self.tokens[node.0].range().start..self.tokens[self.last(node)].range().end
    }

    /// The value as written.
    pub fn text(&self, node: Node) -> &'a str {
        &self.text[self.span(node)]
    }

    /// A string decoded, or a number or literal as written; nothing for an object or array.
    pub fn scalar(&self, node: Node) -> Option<String> {
        match self.kind(node) {
            Kind::String if self.tokens[node.0].is_escaped() => Some(decode(self.text(node))),
            Kind::String => Some(inner(self.text(node)).to_string()),
            Kind::Number | Kind::Literal => Some(self.text(node).to_string()),
            _ => None,
        }
    }

    /// The members of an object, in order, duplicates included; nothing for other values.
    pub fn members(&self, node: Node) -> impl Iterator<Item = Member> {
        let mut at = if self.kind(node) == Kind::Object { node.0 + 1 } else { self.last(node) };
        std::iter::from_fn(move || {
            self.tokens.get(at).filter(|token| token.is_key())?;
            let member = Member { key: Node(at), value: Node(at + 1) };
            at = self.last(member.value) + 1;
            Some(member)
        })
    }

    /// The key of a member, decoded.
    pub fn key(&self, member: Member) -> Cow<'a, str> {
        let literal = self.text(member.key);
        if self.tokens[member.key.0].is_escaped() { decode(literal).into() } else { inner(literal).into() }
    }

    /// The key of a member as written.
    pub fn key_text(&self, member: Member) -> &'a str {
        self.text(member.key)
    }

    /// Whether a member has this key. Nothing is decoded into a new string for it: a body from the wire may have
    /// millions.
    pub fn has_key(&self, member: Member, key: &str) -> bool {
        let literal = self.text(member.key);
        if !self.tokens[member.key.0].is_escaped() {
            return inner(literal) == key;
        }
        units(literal).eq(key.chars().map(u32::from)) || inner(literal) == key && decode(literal) == key
    }

    /// The items of an array, in order; nothing for other values.
    pub fn items(&self, node: Node) -> impl Iterator<Item = Node> {
        let mut at = if self.kind(node) == Kind::Array { node.0 + 1 } else { self.last(node) };
        let end = self.last(node);
        std::iter::from_fn(move || {
            let item = Some(Node(at)).filter(|_| at < end)?;
            at = self.last(item) + 1;
            Some(item)
        })
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
        self.items(node).nth(index)
    }

    fn member(&self, node: Node, key: &str) -> Option<Member> {
        self.members(node).filter(|member| self.has_key(*member, key)).last()
    }

    /// Every path of the document with its kind, in the order of the text. It is meant for documents of our own.
    pub fn paths(&self) -> impl Iterator<Item = (Path, Kind)> {
        self.paths_within(Reach { depth: usize::MAX, key: usize::MAX }).map(|(path, node)| (path, self.kind(node)))
    }

    /// Every path within reach with its value, in the order of the text.
    pub fn paths_within(&self, reach: Reach) -> impl Iterator<Item = (Path, Node)> {
        let mut path = Vec::new();
        // What is still to come of each value that the path leads through.
        let mut open = vec![self.entries(self.root(), reach.key)];
        std::iter::from_fn(move || {
            loop {
                let Some((step, node)) = open.last_mut()?.next() else {
                    open.pop();
                    continue;
                };
                path.truncate(open.len() - 1);
                path.push(step);
                if path.len() < reach.depth && matches!(self.kind(node), Kind::Object | Kind::Array) {
                    open.push(self.entries(node, reach.key));
                }
                return Some((Path(path.clone()), node));
            }
        })
    }

    /// The steps into a value, those by a longer key aside.
    fn entries(&self, node: Node, key: usize) -> Box<dyn Iterator<Item = (Step, Node)> + '_> {
        let members = self.members(node).filter(move |member| self.span(member.key).len() <= key.saturating_add(2));
        let members = members.map(|member| (Step::Key(self.key(member).into_owned()), member.value));
        let items = self.items(node).enumerate().map(|(index, item)| (Step::Index(index), item));
        Box::new(members.chain(items))
    }

    fn last(&self, node: Node) -> usize {
        self.tokens[node.0].last(node.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{Document, Kind, Path, Reach};

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
        let document = Document::parse(r#"{"a":[1,{"b":null}],"c":"d","long":{"e":0}}"#).unwrap();
        let paths = |depth, key| -> Vec<_> {
            let paths = document.paths_within(Reach { depth, key });
            paths.map(|(path, node)| (path.to_string(), document.kind(node))).collect()
        };
        let expected = [
            ("a", Kind::Array),
            ("a[0]", Kind::Number),
            ("a[1]", Kind::Object),
            ("a[1].b", Kind::Literal),
            ("c", Kind::String),
        ];
        assert_eq!(paths(9, 1), expected.map(|(path, kind)| (path.to_string(), kind)));
        assert_eq!(paths(9, 4).len(), 7);
        assert_eq!(paths(1, 4).len(), 3);
    }

    #[test]
    fn keys_are_found_however_they_are_written() {
        assert_eq!(find(r#"{"a":1,"\u0061":2}"#, "a").as_deref(), Some("2"));
        assert_eq!(find(r#"{"\ud83c\udf89\n":1}"#, "/\u{1f389}\n").as_deref(), Some("1"));
        assert_eq!(find(r#"{"a\n":1}"#, r"/a\n"), None);
        assert_eq!(find(r#"{"a\\n":1}"#, r"/a\n").as_deref(), Some("1"));
    }

    #[test]
    fn a_lone_surrogate_is_no_panic() {
        assert_eq!(find(r#"{"a":"\ud800"}"#, "a").as_deref(), Some(r#""\ud800""#));
        assert_eq!(find(r#"{"\ud800":1}"#, r"/\ud800").as_deref(), Some("1"));
    }
}
