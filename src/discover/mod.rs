//! A signature of no known provider → the schemes in common use that make it.
//!
//! A scheme fits only if the verifier itself finds the signature right by it, so what is reported is proved and not
//! guessed. Forms that leave the body unsigned are not tried: they would prove nothing about it.

mod contents;
mod description;
mod keys;
mod names;
mod places;

pub use description::{Lines, lines};
pub use names::restore;

use crate::catalog::{Algorithm, Alternative, Conditions, Content, KeyForm, Names, Need, Scheme};
use crate::message::Headers;
use crate::secret::{Named, Secret};
use crate::signature::{self, Layout, Scene, Tolerance, Verdict};
use contents::{Signed, signed};
use keys::ReadKey;
use places::{Form, forms};

/// The header of a signature whose own header is not known.
pub const UNNAMED: &str = "X-Signature";
/// Headers with signatures that are searched.
const MOST_PLACES: usize = 8;
/// The longest value that is read, in bytes.
const LONGEST: usize = 8 * 1024;

/// What is to be searched.
#[derive(Clone, Copy, Debug)]
pub struct Search<'a> {
    /// The delivery.
    pub scene: Scene<'a>,
    /// The header with the signature; all are looked at where nothing is said.
    pub header: Option<&'a str>,
    /// The secrets at hand.
    pub secrets: &'a [Named],
}

/// A scheme by which a signature is right.
#[derive(Clone, Debug)]
pub struct Fit {
    /// The scheme.
    pub scheme: Scheme,
    /// The provider whose scheme it is; nothing for one that was put together.
    pub provider: Option<String>,
    /// The place of the secret: a variable or a file.
    pub from: String,
    /// The signature as it came; nothing where it is the secret itself.
    pub received: Option<String>,
}

/// The result of a search.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The schemes that fit, in the order of the headers.
    pub fits: Vec<Fit>,
    /// The headers whose values have the form of a signature.
    pub places: Vec<String>,
    /// The number of schemes that were tried.
    pub tried: usize,
    /// True if nothing was left out for want of time.
    pub is_complete: bool,
    /// The lines that describe the schemes, where they were put together.
    pub lines: Option<Lines>,
}

impl Found {
    /// Returns true if several schemes fit the same signature, so that nothing tells which is meant.
    pub fn is_tie(&self) -> bool {
        self.fits.iter().enumerate().any(|(at, fit)| {
            let is_same = |other: &Fit| other.scheme.header == fit.scheme.header;
            self.fits[..at].iter().any(is_same)
        })
    }
}

/// Searches the schemes in common use. `in_time` returns false when the search has to end.
pub fn search(question: &Search<'_>, in_time: impl Fn() -> bool) -> Found {
    let mut found = Found { is_complete: true, ..Found::default() };
    for (name, value) in places_of(&question.scene.delivery.headers, question.header) {
        let is_token = |named: &&Named| named.secret.expose() == value.as_bytes();
        if let Some(named) = question.secrets.iter().find(is_token) {
            let from = named.from.clone();
            found.places.push(name.clone());
            found.fits.push(Fit { scheme: token(&name), provider: None, from, received: None });
            continue;
        }
        let forms = forms(&value);
        if forms.is_empty() || found.places.len() == MOST_PLACES {
            continue;
        }
        found.places.push(name.clone());
        for form in &forms {
            let reading = Reading::of(&question.scene, &name, &value, form);
            for (algorithm, named, key) in keys_of(question.secrets, form) {
                found.is_complete &= reading.try_key(algorithm, named, &key, &in_time, &mut found);
            }
        }
    }
    found
}

/// Returns the scheme that the first signature would be of if the body alone were signed, with its value. It is what a
/// search for a changed body or key starts from.
pub fn plainest(question: &Search<'_>) -> Option<(Scheme, String)> {
    let places = places_of(&question.scene.delivery.headers, question.header);
    places.into_iter().find_map(|(name, value)| {
        let form = forms(&value).into_iter().next()?;
        let algorithm = algorithms(&form).into_iter().next().filter(|algorithm| !algorithm.is_asymmetric())?;
        let contents = signed(&question.scene, &name, &form);
        Some((scheme(&name, &form, algorithm, &KeyForm::default(), contents.first()?), value))
    })
}

/// The values in which a signature may stand.
fn places_of(headers: &Headers, only: Option<&str>) -> Vec<(String, String)> {
    let is_meant = |name: &str| match only {
        Some(only) => name.eq_ignore_ascii_case(only),
        None => !is_common(name),
    };
    let mut places: Vec<(String, String)> = Vec::new();
    for header in headers.0.iter().filter(|header| is_meant(&header.name) && header.value.len() <= LONGEST) {
        // Of repeated headers the first counts, as in most libraries.
        let is_known = places.iter().any(|(name, _)| name.eq_ignore_ascii_case(&header.name));
        if let (Ok(value), false) = (std::str::from_utf8(&header.value), is_known) {
            places.push((header.name.clone(), value.trim().to_string()));
        }
    }
    places
}

/// Headers of HTTP itself, of tracing and of proxies: they hold digests that sign nothing.
fn is_common(name: &str) -> bool {
    const COMMON: [&str; 17] = [
        "accept",
        "cookie",
        "content-md5",
        "content-digest",
        "content-length",
        "content-type",
        "date",
        "digest",
        "etag",
        "host",
        "if-none-match",
        "repr-digest",
        "traceparent",
        "tracestate",
        "user-agent",
        "via",
        "x-request-id",
    ];
    COMMON.iter().any(|common| name.eq_ignore_ascii_case(common))
}

/// Every key that a digest of this form may be made with.
fn keys_of<'a>(secrets: &'a [Named], form: &Form) -> Vec<(Algorithm, &'a Named, ReadKey)> {
    let with = |algorithm: Algorithm| {
        let keys = move |named: &'a Named| {
            keys::forms(algorithm, &named.secret).into_iter().map(move |key| (algorithm, named, key))
        };
        secrets.iter().flat_map(keys)
    };
    algorithms(form).into_iter().flat_map(with).collect()
}

/// One reading of a value, with everything that may be signed.
struct Reading<'a> {
    scene: &'a Scene<'a>,
    name: &'a str,
    value: &'a str,
    form: &'a Form,
    laid: Vec<(Signed, Layout)>,
    /// The fields of the body, where it is a form.
    fields: Vec<u8>,
}

impl<'a> Reading<'a> {
    fn of(scene: &'a Scene<'a>, name: &'a str, value: &'a str, form: &'a Form) -> Self {
        let lay = |signed: Signed| {
            let scheme = scheme(name, form, Algorithm::HmacSha256, &KeyForm::default(), &signed);
            Some((signed, signature::layout(&scheme, scene).ok()?))
        };
        let laid = signed(scene, name, form).into_iter().filter_map(lay).collect();
        Self { scene, name, value, form, laid, fields: signature::fields(&scene.delivery.body) }
    }

    /// Tries every content with one key. Returns false if the time was up before the end.
    fn try_key(
        &self,
        algorithm: Algorithm,
        named: &Named,
        key: &ReadKey,
        in_time: &impl Fn() -> bool,
        found: &mut Found,
    ) -> bool {
        let scheme = |signed: &Signed| scheme(self.name, self.form, algorithm, &key.form, signed);
        let digests = signature::digests(&scheme(&Signed::default()), self.value);
        let is_likely = |layout: &Layout| {
            let parts = layout.parts(&self.scene.delivery.body, &self.fields, &key.bytes);
            algorithm.is_asymmetric() || digests.contains(&signature::digest(algorithm, &key.bytes, &parts))
        };
        for (signed, layout) in self.laid.iter().filter(|(signed, _)| signed.is_for(algorithm)) {
            if !in_time() {
                return false;
            }
            found.tried += 1;
            // The verifier has the last word.
            if is_likely(layout) && fits(&scheme(signed), named, self.scene) {
                let (from, received) = (named.from.clone(), Some(self.value.to_string()));
                found.fits.push(Fit { scheme: scheme(signed), provider: None, from, received });
            }
        }
        true
    }
}

/// Returns true if the signature is right by the scheme, whatever its age.
pub fn fits(scheme: &Scheme, named: &Named, scene: &Scene<'_>) -> bool {
    let scene = Scene { tolerance: Tolerance::Off, ..*scene };
    signature::verify(scheme, std::slice::from_ref(named), &scene).verdict == Verdict::Valid
}

/// The algorithms whose digests or signatures have this length.
fn algorithms(form: &Form) -> Vec<Algorithm> {
    match form.length {
        20 => vec![Algorithm::HmacSha1],
        32 => vec![Algorithm::HmacSha256, Algorithm::Sha256],
        48 => vec![Algorithm::HmacSha384],
        64 => vec![Algorithm::HmacSha512, Algorithm::Ed25519],
        _ => vec![Algorithm::EcdsaP256],
    }
}

fn scheme(name: &str, form: &Form, algorithm: Algorithm, key: &KeyForm, signed: &Signed) -> Scheme {
    Scheme {
        prefix: form.prefix.clone(),
        list: form.list.clone(),
        encoding: Some(form.encoding),
        accept: if form.is_upper { vec![Alternative::UpperCase] } else { Vec::new() },
        content: signed.content.clone(),
        key: key.clone(),
        timestamp: signed.timestamp.clone(),
        id: signed.id.clone(),
        ..blank(name, algorithm)
    }
}

fn token(name: &str) -> Scheme {
    blank(name, Algorithm::Token)
}

fn blank(name: &str, algorithm: Algorithm) -> Scheme {
    Scheme {
        mode: mode(algorithm).to_string(),
        algorithm,
        header: Names::from(name),
        header_is_free: false,
        body: None,
        secret: Need::Required,
        prefix: String::new(),
        list: None,
        encoding: None,
        accept: Vec::new(),
        content: Content::default(),
        key: KeyForm::default(),
        timestamp: None,
        id: None,
        when: Conditions::default(),
        body_digest: None,
        libraries: Vec::new(),
        is_chosen: false,
    }
}

fn mode(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::HmacSha1 => "sha1",
        Algorithm::HmacSha256 => "sha256",
        Algorithm::HmacSha384 => "sha384",
        Algorithm::HmacSha512 => "sha512",
        Algorithm::Sha256 => "plain-sha256",
        Algorithm::Ed25519 => "ed25519",
        Algorithm::EcdsaP256 => "ecdsa-p256",
        Algorithm::Token => "token",
    }
}

/// Returns true if a secret is a public key in PEM: anybody may know it, so it proves nothing as the key of an HMAC.
fn is_public_pem(secret: &Secret) -> bool {
    secret.expose().trim_ascii_start().starts_with(b"-----BEGIN")
}

#[cfg(test)]
mod tests;
