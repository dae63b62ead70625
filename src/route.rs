//! Which delivery goes on to which address.

use reqwest::Url;

use crate::expect::EventGlob;
use crate::identify::Identified;
use crate::target;

/// A route that is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no route; as in 'form.*=http://localhost:3000/forms'")]
pub struct RouteError(String);

/// A route as it was typed, `EVENT=URL`: the event, and where to.
pub fn split(typed: &str) -> Result<(&str, &str), RouteError> {
    let parts = typed.split_once('=').filter(|(glob, to)| !glob.is_empty() && !to.is_empty());
    parts.ok_or_else(|| RouteError(target::without_password(typed)))
}

/// Where deliveries go on to: those of some events to addresses of their own, all others to the usual ones.
#[derive(Clone, Debug, Default)]
pub struct Routes {
    /// Every address once.
    pub addresses: Vec<Url>,
    by_event: Vec<(EventGlob, usize)>,
    usual: Vec<usize>,
}

impl Routes {
    /// The usual addresses, and those of certain events.
    pub fn new(usual: Vec<Url>, by_event: Vec<(EventGlob, Url)>) -> Self {
        let mut all = Self::default();
        for url in usual {
            let at = all.place(url);
            if !all.usual.contains(&at) {
                all.usual.push(at);
            }
        }
        for (events, url) in by_event {
            let at = all.place(url);
            all.by_event.push((events, at));
        }
        all
    }

    fn place(&mut self, url: Url) -> usize {
        let known = self.addresses.iter().position(|known| *known == url);
        known.unwrap_or_else(|| {
            self.addresses.push(url);
            self.addresses.len() - 1
        })
    }

    /// The places of the addresses that a delivery goes on to, each once. The first one's answer is the sender's.
    pub fn of(&self, identified: &Identified<'_>) -> Vec<usize> {
        let mut places = Vec::new();
        for (events, at) in &self.by_event {
            if !places.contains(at) && events.takes(identified) {
                places.push(*at);
            }
        }
        if places.is_empty() { self.usual.clone() } else { places }
    }
}

#[cfg(test)]
mod tests {
    use super::{Routes, split};
    use crate::target;

    #[test]
    fn an_address_is_held_once() {
        let url = |typed: &str| target::parse(typed).unwrap();
        let usual = ["3000/a", "localhost:3000/a", "3000/b"].map(url).to_vec();
        let routes = Routes::new(usual, Vec::new());
        let addresses: Vec<&str> = routes.addresses.iter().map(reqwest::Url::as_str).collect();
        assert_eq!(addresses, ["http://localhost:3000/a", "http://localhost:3000/b"]);
        assert_eq!(routes.usual, [0, 1]);
    }

    #[test]
    fn a_route_has_an_event_and_an_address() {
        assert_eq!(split("form.*=3000/b?x=1"), Ok(("form.*", "3000/b?x=1")));
        for typed in ["form.*", "=3000/a", "form.*=", "", "http://u:hunter2@h/"] {
            let error = split(typed).unwrap_err();
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
    }
}
