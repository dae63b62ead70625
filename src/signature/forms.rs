//! The other forms of a delivery that a scheme accepts a signature over.

use super::content::{self, Slot, fields};
use super::key::{Key, Use};
use super::trial::Claim;
use super::{Remark, Scene, hash, received_in};
use crate::catalog::{Alternative, Scheme};
use crate::json::{self, Body};
use crate::secret::Secret;

/// Another form of a delivery that a scheme accepts a signature over.
pub(super) enum Form {
    /// Another body.
    Body(Vec<u8>),
    /// Another address.
    Url(String),
}

/// The other forms of a delivery that the scheme accepts a signature over, each with what to say of it.
pub(super) fn other_forms(scheme: &Scheme, scene: &Scene<'_>) -> Vec<(Form, Remark)> {
    let body = &scene.delivery.body;
    let accepts = |other: Alternative| scheme.accept.contains(&other);
    let mut forms = Vec::new();
    if let Some(compact) = compact_form(scheme, body) {
        let what = "over the body without white space between its tokens";
        forms.push((Form::Body(compact.into_bytes()), Remark::new("compact-body", what)));
    }
    if let Some(escaped) = content::escaped(body).filter(|_| accepts(Alternative::EscapedBody)) {
        let what = "over the body with \\uXXXX for all that is not ASCII";
        forms.push((Form::Body(escaped), Remark::new("escaped-body", what)));
    }
    if !scheme.covers_address() {
        return forms;
    }
    let Some(url) = scene.address() else { return forms };
    if accepts(Alternative::DecodedUrl) {
        let decoded = content::decoded_url(&url);
        if decoded != url {
            let what = "over the address with its %XX written plainly";
            forms.push((Form::Url(decoded), Remark::new("decoded-url", what)));
        }
    }
    if accepts(Alternative::OtherPort) {
        let other = |(url, what)| (Form::Url(url), Remark::new("other-port", what));
        forms.extend(content::other_ports(&url).into_iter().map(other));
    }
    forms
}

/// Returns the digests that a delivery should have with this secret, one for each form that the scheme accepts. A token
/// and a key pair make none.
pub fn right_digests(scheme: &Scheme, secret: &Secret, scene: &Scene<'_>) -> Vec<Vec<u8>> {
    let Ok(Key::Bytes(key)) = Key::read(scheme, secret, Use::Verify) else { return Vec::new() };
    let json = Body::new(&scene.delivery.body);
    let mut values = received_in(scheme, scene.delivery, &json);
    if values.is_empty() {
        values.push(Vec::new());
    }
    let own = [Form::Body(scene.delivery.body.clone())];
    let forms = own.into_iter().chain(other_forms(scheme, scene).into_iter().map(|(form, _)| form));
    let mut digests = Vec::new();
    for form in forms {
        let (body, url) = match &form {
            Form::Body(body) => (body.as_slice(), scene.url),
            Form::Url(url) => (scene.delivery.body.as_slice(), Some(url.as_str())),
        };
        for value in &values {
            let Ok(layout) = Claim::of(scheme, &Scene { url, ..*scene }, &json, value).layout else { continue };
            let form = if layout.has(&Slot::Form) { fields(body) } else { Vec::new() };
            digests.push(hash::digest(scheme.algorithm, &key, &layout.parts(body, &form, &key)));
        }
    }
    digests.retain(|digest| !digest.is_empty());
    digests.sort();
    digests.dedup();
    digests
}

/// The compact form of a body, where the scheme accepts a signature over it and it differs.
pub(crate) fn compact_form(scheme: &Scheme, body: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(body).ok().filter(|_| scheme.accept.contains(&Alternative::CompactBody))?;
    json::compact(text).ok().filter(|compact| compact.as_bytes() != body)
}
