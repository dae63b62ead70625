//! Templates of identities, headers and signed contents: bounded, and what was read is written as it stood.

use hookproof::catalog::{Content, Part, Template};
use hookproof::render::made;

use super::input::world;

/// A filled template is not longer than this many bytes for each byte of its text.
const GROWTH: usize = 256;

pub(crate) fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match text.parse::<Template>() {
        Ok(template) => {
            assert!(template.0.len() <= text.len());
            assert!(template.names().iter().all(|name| text.contains(name)));
            let filled = made(&template, &mut world());
            assert!(filled.len() <= GROWTH * text.len(), "{} bytes for {}", filled.len(), text.len());
        }
        Err(message) => assert!(message.len() <= 10 * text.len() + 500, "a message of {} bytes", message.len()),
    }
    let Ok(content) = text.parse::<Content>() else { return };
    let written: String = content.0.iter().map(Part::to_string).collect();
    assert_eq!(written.parse::<Content>().as_ref(), Ok(&content), "{written}");
}
