//! The path language: a path that was written reads back, also before `=` in an assignment.

use hookproof::path::{Path, Step};

pub(crate) fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Some((path, value)) = Path::split_assignment(text) {
        assert_eq!(format!("{path}={value}"), text);
    }
    let Ok(path) = Path::parse(text) else { return };
    let written = path.to_string();
    assert_eq!(Path::parse(&written).as_ref(), Ok(&path), "{written}");
    assert_eq!(Path::split_assignment(&format!("{written}=a=b")), Some((written.as_str(), "a=b")));
    assert!(path.0.len() <= text.len().max(1), "more steps than bytes");
    assert!(written.len() <= 6 * text.len() + 4, "{} bytes for {}", written.len(), text.len());
    let deeper = path.then(Step::Index(0));
    assert!(deeper.is_within(&path) && path.is_within(&path) && !path.is_within(&deeper));
}
