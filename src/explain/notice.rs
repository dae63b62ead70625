//! Observations about a delivery that prove nothing and may help to find a cause.

use super::facts;
use crate::catalog::Scheme;
use crate::message::Delivery;
use crate::secret::{Redactor, Secret};
use crate::signature;
use crate::words;

/// What catches the eye and proves nothing. `owner` says whose signature a header is, by its name.
pub fn notice(
    scheme: &Scheme,
    secret: &Secret,
    begins: &[String],
    delivery: &Delivery,
    owner: impl Fn(&str) -> Option<String>,
) -> Vec<String> {
    let mut noticed = Vec::new();
    let announced = delivery.headers.text("content-length").and_then(|length| length.trim().parse::<usize>().ok());
    if let Some(announced) = announced.filter(|announced| *announced != delivery.body.len()) {
        noticed.push(format!("Content-Length says {announced}, the body has {} bytes", delivery.body.len()));
    }
    if facts::breaks_off(delivery) {
        noticed.push(
            "the body breaks off inside its JSON: it was cut, or its Content-Length counts characters".to_string(),
        );
    }
    if let Some(coding) = delivery.headers.text("content-encoding") {
        noticed.push(format!("the body came with Content-Encoding {coding}"));
    }
    if scheme.body.is_none() && signature::received(scheme, delivery).is_empty() {
        let is_like = |name: &str| name.to_ascii_lowercase().contains("signature") || owner(name).is_some();
        for header in delivery.headers.0.iter().filter(|header| is_like(&header.name)) {
            let whose = owner(&header.name).map(|whose| format!(", which is {whose}'s")).unwrap_or_default();
            let name = Redactor::new([secret], &[]).value(header.name.as_bytes());
            let name = String::from_utf8_lossy(&name).into_owned();
            noticed.push(format!("there is a header {name}{whose}; this scheme reads {}", scheme.place()));
        }
    }
    if !begins.is_empty() && !begins.iter().any(|begin| secret.expose().starts_with(begin.as_bytes())) {
        noticed.push(format!(
            "the secret does not begin with {}, as those of this provider do",
            words::list(begins, "or")
        ));
    }
    if secret.looks_like_api_key() {
        noticed.push("the secret looks like an API key, which is not the signing secret".to_string());
    }
    if secret.looks_malformed() {
        noticed.push(format!("the secret has {}", secret.looks()));
    }
    noticed
}
