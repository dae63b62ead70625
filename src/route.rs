//! Which delivery goes on to which address.

use reqwest::Url;
use wildmatch::WildMatch;

use crate::identify::Identified;
use crate::target::{self, TargetError};

/// A longer name is matched by no route, in bytes.
const NAME: usize = 1_000;

/// Why a route can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RouteError {
    /// Its address is none.
    #[error("{0}")]
    Address(#[from] TargetError),
    /// It names no event, or no address.
    #[error("`{0}` is no route; as in 'form.*=http://localhost:3000/forms'")]
    Form(String),
}

/// Where deliveries go on to: those of some events to addresses of their own, all others to the usual ones.
#[derive(Clone, Debug, Default)]
pub struct Routes {
    /// Every address once.
    pub addresses: Vec<Url>,
    by_event: Vec<(WildMatch, usize)>,
    usual: Vec<usize>,
}

impl Routes {
    /// Reads the usual addresses and the routes, `EVENT=URL`, as they were typed.
    pub fn read(usual: &[String], routes: &[String]) -> Result<Self, RouteError> {
        let mut all = Self::default();
        for typed in usual {
            let at = all.place(typed)?;
            if !all.usual.contains(&at) {
                all.usual.push(at);
            }
        }
        for typed in routes {
            let form = || RouteError::Form(target::without_password(typed));
            let (glob, address) = typed.split_once('=').filter(|(glob, _)| !glob.is_empty()).ok_or_else(form)?;
            let at = all.place(address)?;
            all.by_event.push((WildMatch::new(glob), at));
        }
        Ok(all)
    }

    fn place(&mut self, typed: &str) -> Result<usize, TargetError> {
        let url = target::parse(typed)?;
        let known = self.addresses.iter().position(|known| *known == url);
        Ok(known.unwrap_or_else(|| {
            self.addresses.push(url);
            self.addresses.len() - 1
        }))
    }

    /// The places of the addresses that a delivery goes on to, each once. The first one's answer is the sender's.
    pub fn of(&self, identified: &Identified<'_>) -> Vec<usize> {
        let provider = identified.provider.map_or("unknown", |provider| provider.id.as_str());
        let mut places = Vec::new();
        for (glob, at) in &self.by_event {
            if takes(glob, provider, &identified.events) && !places.contains(at) {
                places.push(*at);
            }
        }
        if places.is_empty() { self.usual.clone() } else { places }
    }
}

fn takes(glob: &WildMatch, provider: &str, events: &[String]) -> bool {
    let named =
        |event: &String| event.len() <= NAME && (glob.matches(event) || glob.matches(&format!("{provider}/{event}")));
    match events {
        [] => glob.matches(provider) || glob.matches(&format!("{provider}/")),
        events => events.iter().any(named),
    }
}

#[cfg(test)]
mod tests {
    use wildmatch::WildMatch;

    use super::{RouteError, Routes, takes};

    fn read(usual: &[&str], routes: &[&str]) -> Result<Routes, RouteError> {
        let owned = |all: &[&str]| all.iter().map(ToString::to_string).collect::<Vec<_>>();
        Routes::read(&owned(usual), &owned(routes))
    }

    #[test]
    fn an_address_is_held_once() {
        let routes = read(&["3000/a", "localhost:3000/a", "3000/b"], &["form.*=3000/b?x=1", "a=3000/a"]).unwrap();
        let addresses: Vec<&str> = routes.addresses.iter().map(reqwest::Url::as_str).collect();
        assert_eq!(addresses, ["http://localhost:3000/a", "http://localhost:3000/b", "http://localhost:3000/b?x=1"]);
        assert_eq!(routes.usual, [0, 1]);
    }

    #[test]
    fn a_route_has_an_event_and_an_address() {
        for typed in ["form.*", "=3000/a", "", "http://u:hunter2@h/"] {
            let error = read(&[], &[typed]).unwrap_err();
            assert!(matches!(&error, RouteError::Form(_)) && !error.to_string().contains("hunter2"), "{error}");
        }
        assert!(matches!(read(&[], &["form.*=nowhere"]), Err(RouteError::Address(_))));
        assert!(read(&["ftp://h"], &[]).is_err());
    }

    #[test]
    fn a_glob_takes_events_with_or_without_the_provider() {
        let check = |glob: &str, events: &[&str]| {
            let events: Vec<String> = events.iter().map(ToString::to_string).collect();
            takes(&WildMatch::new(glob), "acme", &events)
        };
        assert!(check("form.*", &["form.sent"]) && check("acme/*", &["x"]) && check("b", &["a", "b"]));
        assert!(check("acme/*", &[]) && check("acme", &[]) && check("*", &[]));
        assert!(!check("form.*", &["page.seen"]) && !check("form.*", &[]) && !check("other/*", &["form.sent"]));
        assert!(!check("*", &[&"x".repeat(2_000)]));
    }
}
