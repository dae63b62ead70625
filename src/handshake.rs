//! Requests by which a provider makes sure of an endpoint: known, and answered as it documents.
//!
//! They are no deliveries. Pure: what is answered follows from the description, the request and the secret.

use serde_json::{Map, Value};

use crate::catalog::{Algorithm, Handshake, Provider, Reply, ReplyPart, ReplyText, ReplyValue};
use crate::json::Body;
use crate::message::Delivery;
use crate::secret::Secret;
use crate::signature;

/// The longest text that is given back, in bytes.
const LONGEST: usize = 4_096;

/// What is answered to a handshake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Whether the text is JSON.
    pub is_json: bool,
    /// The body.
    pub text: String,
}

/// The handshake of a provider that a request is.
pub fn meant<'a>(provider: &'a Provider, request: &Delivery, body: &Body<'_>) -> Option<&'a Handshake> {
    let mut of_method = provider.description.handshake.iter().filter(|known| known.method == request.method);
    of_method.find(|known| {
        let told = &known.when;
        let value = match (&told.body, &told.query) {
            (Some(path), _) => body.scalar_at(path),
            (None, Some(name)) => query(request, name),
            (None, None) => None,
        };
        value.as_deref() == Some(&told.is) && !told.without.as_ref().is_some_and(|path| body.has(path))
    })
}

/// What the provider waits for. The error says what is not there.
pub fn answer(handshake: &Handshake, request: &Delivery, secret: Option<&Secret>) -> Result<Answer, String> {
    let body = Body::new(&request.body);
    let at = |path: &crate::path::Path| body.scalar_at(path).ok_or_else(|| format!("the body has no `{path}`"));
    let fill = |text: &ReplyText| -> Result<String, String> {
        let mut out = String::new();
        for part in &text.0 {
            match part {
                ReplyPart::Text(text) => out.push_str(text),
                ReplyPart::At(path) => out.push_str(&at(path)?),
                ReplyPart::Query(name) => {
                    out.push_str(&query(request, name).ok_or_else(|| format!("the address has no `{name}`"))?);
                }
                ReplyPart::Hmac(path) => {
                    let secret = secret.ok_or("its answer needs the secret, and none is given")?;
                    let digest = signature::digest(Algorithm::HmacSha256, secret.expose(), &[at(path)?.as_bytes()]);
                    out.push_str(&hex::encode(digest));
                }
            }
            if out.len() > LONGEST {
                return Err(format!("what is to be given back is longer than {LONGEST} bytes"));
            }
        }
        Ok(out)
    };
    let (is_json, text) = match &handshake.answer {
        Reply::Text(text) => (false, fill(text)?),
        Reply::Json(members) => {
            let mut object = Map::new();
            for (key, value) in members {
                let value = match value {
                    ReplyValue::Text(text) => Value::String(fill(text)?),
                    ReplyValue::Number(number) => Value::from(*number),
                };
                object.insert(key.clone(), value);
            }
            (true, Value::Object(object).to_string())
        }
    };
    Ok(Answer { status: handshake.status, is_json, text })
}

fn query(request: &Delivery, name: &str) -> Option<String> {
    let (_, query) = request.target.split_once('?')?;
    form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}
