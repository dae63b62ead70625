//! `.env` files: a value is read exactly or not at all. Fields: value, lines before, lines after.

use hookproof::commands::env_file::EnvFile;

use super::input::{fields, text};

/// A name that no input holds by chance.
const NAME: &str = "FUZZ_NAME";

pub(crate) fn run(data: &[u8]) {
    let file = EnvFile::new(data);
    for name in file.names() {
        let value = file.get(&name);
        assert!(!matches!(value, Ok(None)), "{name} is listed and has no value");
        assert!(value.is_err() || value.is_ok_and(|value| value.is_none_or(|value| value.len() <= 3 * data.len())));
    }
    let [value, before, after] = fields(data).map(text);
    if value.contains(['\'', '\n', '\r']) || before.contains(NAME) || after.contains(NAME) {
        return;
    }
    exact_or_nothing(&format!("{before}\n{NAME}='{value}'\n{after}"), &value);
    let escaped = value.replace('\\', "\\\\").replace('"', "\\\"");
    exact_or_nothing(&format!("{before}\nexport {NAME}=\"{escaped}\" # c\n{after}"), &value);
    // Nothing before it can make it unclear.
    assert_eq!(EnvFile::new(format!("{NAME}='{value}'").as_bytes()).get(NAME), Ok(Some(value)));
}

/// An open quote before it may swallow the line, but never changes the value.
fn exact_or_nothing(file: &str, value: &str) {
    let read = EnvFile::new(file.as_bytes()).get(NAME);
    assert!(!matches!(&read, Ok(Some(other)) if other != value), "{read:?} of {file:?}");
}
