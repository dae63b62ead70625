//! Commands that CI systems read from a log, and how text that is not ours is kept from being one.
//!
//! GitHub Actions takes `::name::` at the start of a line, and `##[name]` anywhere. Azure Pipelines takes `##vso[...]`
//! and `##[...]`, and `TeamCity` `##teamcity[...]`. GitLab's need an escape character, which is never shown.

/// Returns a part of a line with a space in each command. `starts_line` tells whether only spaces and colours stand
/// before it in its line.
pub fn broken_up(text: &str, starts_line: bool) -> String {
    let start = text.trim_start();
    let (spaces, mut rest) = text.split_at(text.len() - start.len());
    let mut out = spaces.to_string();
    if starts_line && start.starts_with("::") {
        let colons = start.len() - start.trim_start_matches(':').len();
        out.push_str(&": ".repeat(colons));
        rest = &start[colons..];
    }
    while let Some(at) = rest.find("##") {
        let (before, hashes) = rest.split_at(at + 1);
        out.push_str(before);
        if begins_command(&rest[at..]) {
            out.push(' ');
        }
        rest = hashes;
    }
    out + rest
}

/// Whether a text begins with `##[`, or with such a mark around letters, as in `##vso[`.
pub(super) fn begins_command(text: &str) -> bool {
    let name = text.strip_prefix("##");
    name.is_some_and(|name| name.trim_start_matches(|c: char| c.is_ascii_alphabetic()).starts_with('['))
}

/// Whether a CI system takes a part of a text for a command, or obeys an escape sequence in it.
pub fn has_command(text: &str) -> bool {
    // In a run of hash signs the last two count, so each pair is looked at from its second one too.
    let is_mark = |(at, _)| begins_command(&text[at..]) || begins_command(&text[at + 1..]);
    text.contains('\u{1b}')
        || text.match_indices("##").any(is_mark)
        || text.split(['\r', '\n']).any(|line| line.trim_start().starts_with("::"))
}

#[cfg(test)]
mod tests {
    use super::{broken_up, has_command};

    #[test]
    fn commands_are_broken_up_and_nothing_else_changes() {
        let check = |given: &str, shown: &str| {
            assert_eq!(broken_up(given, true), shown);
            assert_eq!(has_command(given), given != shown, "{given}");
            assert!(!has_command(&broken_up(given, true)), "{given}");
        };
        check("::error::x", ": : error::x");
        check(" \u{a0}:::x", " \u{a0}: : : x");
        check("::", ": : ");
        check("[::1]:80 a::b ## c #[", "[::1]:80 a::b ## c #[");
        check("##[error]", "# #[error]");
        check("a ####[b]##c", "a ### #[b]##c");
        check("##vso[task.x]##TeamCity[y", "# #vso[task.x]# #TeamCity[y");
        check("##v1[", "##v1[");
        assert_eq!(broken_up("::x##[", false), "::x# #[");
        assert!(has_command("a\r::b") && has_command("\u{1b}[0K"));
    }
}
