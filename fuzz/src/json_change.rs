//! Changes of a JSON text at a path: a value that is set is found, and everything else stays. Fields: path, value, text.

use hookproof::json::{self, Create, Document};
use hookproof::path::Path;

use super::input::fields;

/// Paths of a document that are tried.
const PATHS: usize = 40;

pub(crate) fn run(data: &[u8]) {
    let [path, value, text] = fields(data).map(std::str::from_utf8);
    let (Ok(path), Ok(value), Ok(text)) = (path, value, text) else { return };
    let Ok(document) = Document::parse(text) else {
        assert!(json::set(text, &Path::default(), "1", Create::Yes).is_err());
        return;
    };
    let value = if Document::parse(value).is_ok() { value.trim() } else { "1" };
    if let Ok(path) = Path::parse(path) {
        set_value_is_found(text, &path, value);
        removed_value_is_gone(text, &path);
    }
    for (path, _) in document.paths().take(PATHS) {
        assert!(document.find(&path).is_some(), "{path} is not found");
        existing_value_is_replaced(text, &document, &path, value);
        removed_value_is_gone(text, &path);
    }
}

fn existing_value_is_replaced(text: &str, document: &Document<'_>, path: &Path, value: &str) {
    let node = document.find(path).expect("a value");
    let changed = json::set(text, path, value, Create::No).expect("the path exists");
    let span = document.span(node);
    assert_eq!(changed, [&text[..span.start], value, &text[span.end..]].concat());
}

fn set_value_is_found(text: &str, path: &Path, value: &str) {
    let Ok(changed) = json::set(text, path, value, Create::Yes) else { return };
    let document = Document::parse(&changed).expect("the changed text is JSON");
    let node = document.find(path).expect("the new value");
    assert_eq!(document.text(node), value);
    let most = text.len() + value.len() + 8 * path.0.len() + 6 * path.to_string().len() + 8;
    assert!(changed.len() <= most, "{} bytes for {most}", changed.len());
}

fn removed_value_is_gone(text: &str, path: &Path) {
    let Ok(changed) = json::remove(text, path) else { return };
    let document = Document::parse(&changed).expect("the changed text is JSON");
    assert!(changed.len() < text.len());
    // In an array the next item takes the place.
    let is_member = path.0.split_last().is_some_and(|(_, above)| {
        let above = document.find(&Path(above.to_vec()));
        above.is_some_and(|node| document.kind(node) == json::Kind::Object)
    });
    assert!(!is_member || document.find(path).is_none(), "{path} is still there");
}
