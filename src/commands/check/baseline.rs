//! What an earlier check found.

use std::path::Path;

use crate::commands::input;
use crate::error::Error;

/// The findings of an earlier check, by case and code.
pub(super) fn baseline(path: &Path) -> Result<Vec<(String, String)>, Error> {
    let text = input::read_text(path)?;
    let odd = |what: String| Error::Untestable {
        message: format!("{} is no output of `check --json`: {what}", path.display()),
        hint: Some("`hookproof check ... --json > FILE` writes one".to_string()),
    };
    let mut known = Vec::new();
    let mut is_one = false;
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let value: serde_json::Value =
            serde_json::from_str(line).map_err(|error| odd(format!("line {}: {error}", index + 1)))?;
        is_one |= value["hookproof"] == "check/1";
        let finding = |key: &str| value[key].as_str().map(str::to_string);
        if value["hookproof"] == "check-case/1" {
            known.extend(finding("name").zip(finding("finding")));
        }
    }
    if is_one { Ok(known) } else { Err(odd("its last line, marked check/1, is missing".to_string())) }
}
