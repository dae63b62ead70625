//! Addresses as users type them: what was read reads back, and a password is never shown. Fields: text, password.

use hookproof::signature::{as_requested, target_of};
use hookproof::{route, target};

use super::input::fields;

pub(crate) fn run(data: &[u8]) {
    let [text, password] = fields(data).map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    for typed in [text.clone(), format!("http://u:{password}@{text}"), format!("u:{password}@{text}")] {
        check(&typed);
    }
    let secret: String = password.chars().filter(char::is_ascii_alphanumeric).collect();
    if secret.len() >= 8 && !text.contains(&secret) {
        is_hidden(&format!("http://u:{secret}@{text}"), &secret);
        is_hidden(&format!("ftp://u:{secret}@{text}"), &secret);
    }
    let _ = route::split(&text).map_err(|error| error.to_string());
}

fn check(typed: &str) {
    let requested = as_requested(typed);
    assert!(requested.len() <= typed.len() && !requested.contains('#'), "{requested}");
    assert_eq!(as_requested(&requested), requested);
    assert!(typed.ends_with(target_of(typed)) || target_of(typed) == "/");
    let hidden = target::without_password(typed);
    assert_eq!(target::without_password(&hidden), hidden, "{typed}");
    let Ok(url) = target::parse(typed) else { return };
    assert!(matches!(url.scheme(), "http" | "https") && url.has_host());
    assert_eq!(target::parse(url.as_str()).as_ref(), Ok(&url));
    assert!(!(target::is_loopback(&url) && target::is_public(&url)));
    let shown = target::shown(&url);
    assert!(shown.is_empty() || target::parse(&shown).is_ok(), "{shown}");
    if let Some(password) = url.password() {
        assert!(shown.contains(":***@"), "{password} is in {shown}");
    }
    assert_eq!(target::login(&url).is_some(), !url.username().is_empty() || url.password().is_some());
}

fn is_hidden(typed: &str, secret: &str) {
    let shown = match target::parse(typed) {
        Ok(url) => target::shown(&url),
        Err(error) => error.to_string(),
    };
    assert!(!shown.contains(secret), "{shown}");
}
