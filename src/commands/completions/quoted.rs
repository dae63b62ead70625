//! What a shell hands on as it was typed, quotes and all.

use std::ffi::{OsStr, OsString};

/// The word that was meant, where the shell doesn't take the quotes away itself; they may still be open.
pub(super) fn meant(word: &OsStr, shell: &str) -> OsString {
    let Some(text) = word.to_str().filter(|_| ["bash", "zsh", "fish"].contains(&shell)) else {
        return word.to_os_string();
    };
    // A backslash at the end is before something that is still to come.
    let (whole, begun) = (text.to_string(), text.strip_suffix('\\').unwrap_or(text).to_string());
    let closed = [whole, begun, format!("{text}'"), format!("{text}\"")].iter().find_map(|text| shlex::split(text));
    match closed.as_deref() {
        Some([one]) if text.contains(['\'', '"', '\\']) => one.into(),
        _ => word.to_os_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use super::meant;

    #[test]
    fn quotes_are_taken_away_where_they_stand_for_none() {
        let check = |shell, word: &str, text: &str| assert_eq!(meant(OsStr::new(word), shell), text, "{word}");
        check("bash", "'superfolio/activity.*'", "superfolio/activity.*");
        check("zsh", "'superfolio/act", "superfolio/act");
        check("fish", "\"superfolio/act", "superfolio/act");
        check("bash", "--set='a b", "--set=a b");
        check("bash", "my\\ hooks/", "my hooks/");
        check("zsh", "my\\", "my");
        check("bash", "'my\\", "my\\");
        check("bash", "two words", "two words");
        check("bash", "#", "#");
        check("bash", "", "");
        check("powershell", "'a'", "'a'");
    }
}
