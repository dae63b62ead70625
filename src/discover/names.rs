//! The names of headers as CGI and frameworks show them: `HTTP_X_HUB_SIGNATURE` for `X-Hub-Signature`.
//!
//! RFC 3875 (4.1.18) makes the names of CGI. Servers keep `_` out of names of their own, so a name with it is a shown one.

use crate::message::Headers;

/// Beginnings of names in CGI, the longer first.
const BEGINNINGS: [&str; 2] = ["REDIRECT_HTTP_", "HTTP_"];

/// Gives headers the names that HTTP has for them, and returns those names. A name that `is_known` as it stands is
/// left alone, and so is one whose header came under the name of HTTP too.
pub fn restore(headers: &mut Headers, is_known: impl Fn(&str) -> bool) -> Vec<String> {
    let mut restored = Vec::new();
    for at in 0..headers.0.len() {
        let shown = &headers.0[at].name;
        let Some(name) = of_http(shown).filter(|name| !is_known(shown) && headers.get(name).is_none()) else {
            continue;
        };
        headers.0[at].name.clone_from(&name);
        restored.push(name);
    }
    restored
}

/// The name of HTTP: `X-Hub-Signature`. Nothing for a name that is one already.
fn of_http(shown: &str) -> Option<String> {
    if !shown.contains('_') || shown.contains('-') {
        return None;
    }
    let begins = |begin: &&&str| shown.get(..begin.len()).is_some_and(|start| start.eq_ignore_ascii_case(begin));
    let bare = BEGINNINGS.iter().find(begins).map_or(shown, |begin| &shown[begin.len()..]);
    let words = bare.split('_').map(capitalised).collect::<Vec<_>>();
    words.iter().all(|word| !word.is_empty()).then(|| words.join("-"))
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters.map(|letter| letter.to_ascii_lowercase())).collect()
}

#[cfg(test)]
mod tests {
    use super::restore;
    use crate::message::Headers;

    /// Restores the names of these headers.
    fn check(names: &[&str], expected: &[&str]) {
        let mut headers = Headers::default();
        for name in names {
            headers.push(*name, "1");
        }
        restore(&mut headers, |name| name == "my_own");
        let found: Vec<&str> = headers.0.iter().map(|header| header.name.as_str()).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn names_of_cgi_and_frameworks_become_those_of_http() {
        check(&["HTTP_X_HUB_SIGNATURE_256", "CONTENT_TYPE"], &["X-Hub-Signature-256", "Content-Type"]);
        check(&["REDIRECT_HTTP_X_ACME", "x_github_event", "http_x_a"], &["X-Acme", "X-Github-Event", "X-A"]);
    }

    #[test]
    fn other_names_are_left_alone() {
        check(&["X-A_B", "my_own", "_", "HTTP_", "Host"], &["X-A_B", "my_own", "_", "HTTP_", "Host"]);
        check(&["HTTP_X_A", "X-A"], &["HTTP_X_A", "X-A"]);
    }
}
