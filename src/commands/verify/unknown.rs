//! A delivery that is no recognised provider's: the providers that send such headers are tried, then the schemes in
//! common use.

use std::time::Instant;

use super::VerifyArgs;
use super::case::{Case, delivery_of};
use super::judging::PATIENCE;
use super::reading::Captured;
use crate::catalog::{Catalog, Names, Provider, Scheme};
use crate::commands::context::Context;
use crate::discover::{self, Fit, Found, Search, UNNAMED};
use crate::error::Error;
use crate::explain::{self, Question, ValueOf};
use crate::identify::{identify, shared, told_shared};
use crate::json::Body;
use crate::message::{Delivery, Headers, is_header_name};
use crate::report::Verified;
use crate::secret::Keyring;
use crate::shell;
use crate::signature::{self, Compared, Judgement, Scene, Verdict};
use crate::words;

/// Providers that are named where several fit.
const MOST_NAMED: usize = 12;

/// What became of a delivery that no provider was recognised in.
pub(super) enum Unknown<'a> {
    /// Its signature is right by the scheme of this provider and of no other; the note says so.
    Of(&'a Provider, String),
    /// It was judged without a provider.
    Judged(Box<Verified>),
}

/// Gives headers that are written as CGI and frameworks show them their names of HTTP, and returns those names.
pub(super) fn restored(catalog: &Catalog, headers: &mut Headers) -> Vec<String> {
    discover::restore(headers, |name| catalog.providers.iter().any(|provider| provider.sends(name)))
}

/// The verdict where headers had other names when they came: no receiver finds a signature there, even if it is right.
pub(super) fn as_named(judgement: Judgement, scheme: &Scheme, restored: &[String]) -> Judgement {
    let needed: Vec<String> = restored.iter().filter(|name| scheme.verifies_with(name)).cloned().collect();
    if needed.is_empty() || !matches!(judgement.verdict, Verdict::Valid | Verdict::Stale) {
        return judgement;
    }
    let names = words::list(&needed, "and");
    let hint = format!("-H '{}: ...' gives it so", needed[0]);
    let reason = format!(
        "it would be {} under {names}; its name here is that of CGI or a framework; {hint}",
        judgement.verdict.name()
    );
    Judgement { verdict: Verdict::Missing, reason, codes: vec!["header-name"], compared: judgement.compared }
}

/// Returns the provider that was named or whose headers came.
pub(super) fn recognised<'a>(
    args: &VerifyArgs,
    catalog: &'a Catalog,
    delivery: &Delivery,
) -> Result<Option<&'a Provider>, Error> {
    let named = args.provider.as_deref().map(|id| catalog.named(id)).transpose()?;
    Ok(identify(catalog, named, &delivery.headers, &Body::new(&delivery.body)).provider)
}

/// Judges a delivery whose provider is not known.
pub(super) fn judge<'a>(
    args: &VerifyArgs,
    context: &Context,
    catalog: &'a Catalog,
    captured: &Captured,
) -> Result<Unknown<'a>, Error> {
    let mut delivery = delivery_of(args, &captured.capture);
    if args.computed.is_some() {
        return Err(unrecognised(catalog, &delivery, None));
    }
    let header = args.signature.as_deref().map(|given| put(&mut delivery, given));
    let keyring = args.secrets.keyring(context, catalog)?;
    let now = args.now(captured.capture.received)?;
    let scene = Scene { delivery: &delivery, url: args.url.as_deref(), now, tolerance: args.tolerance() };
    let is_unnamed = header.as_deref() == Some(UNNAMED);
    let fits = fits_of(catalog, &keyring, &scene, is_unnamed);
    if let [fit] = fits.as_slice()
        && let Some(provider) = fit.provider.as_deref().and_then(|id| catalog.provider(id))
    {
        let sent = told_shared(&shared(catalog, &delivery.headers));
        let sent = sent.map(|sent| format!("{sent}; ")).unwrap_or_default();
        let note = format!("{sent}the signature is right by the scheme of {} alone", provider.id);
        return Ok(Unknown::Of(provider, note));
    }
    let found = if fits.is_empty() {
        let question = Search { scene, header: header.as_deref(), secrets: keyring.general() };
        search(catalog, &question, &keyring)
    } else {
        Found { fits, is_complete: true, ..Found::default() }
    };
    let bytes = delivery.body.len() as u64;
    let mut verified = if found.fits.is_empty() {
        let question = Search { scene, header: header.as_deref(), secrets: keyring.general() };
        let altered = if args.no_explain { None } else { altered(&question, &captured.beyond, bytes) };
        altered.ok_or_else(|| unrecognised(catalog, &delivery, Some((&found, &keyring))))?
    } else {
        judged(found, bytes)
    };
    verified.notes.extend(told_shared(&shared(catalog, &delivery.headers)));
    let names = words::list(&captured.restored[..captured.restored.len().min(MOST_NAMED)], "and");
    let note = format!("names as CGI and frameworks show them were read as {names}");
    verified.notes.extend((!captured.restored.is_empty()).then_some(note));
    Ok(Unknown::Judged(Box::new(verified)))
}

/// The verdict on a signature that no scheme makes as the delivery stands, and one makes of a changed body or key.
fn altered(question: &Search<'_>, beyond: &[u8], bytes: u64) -> Option<Verified> {
    let (scheme, value) = discover::plainest(question)?;
    let asked = Question {
        scheme: &scheme,
        secret: &question.secrets.first()?.secret,
        variable: None,
        others: &[],
        scene: question.scene,
        value: &value,
        origin: ValueOf::Sender,
        depth: 2,
        beyond,
    };
    let begun = Instant::now();
    let explanation = explain::explain_each(&asked, question.secrets, &|| begun.elapsed() < PATIENCE);
    if explanation.causes.is_empty() {
        return None;
    }
    let reason = "no scheme makes this signature of the delivery as it stands";
    let notes = vec!["no provider is recognised".to_string()];
    Some(Verified {
        provider: None,
        event: None,
        scheme: Some(signature::describe(&scheme)),
        bytes,
        judgement: Judgement::of(Verdict::Invalid, reason),
        explanation: Some(explanation),
        origin: ValueOf::Sender,
        notes,
        found: None,
    })
}

/// Puts the value of `--signature` under its header, which may stand before it as in a pasted line.
fn put(delivery: &mut Delivery, given: &str) -> String {
    let given = given.trim();
    let named = given.split_once(": ").filter(|(name, _)| is_header_name(name));
    let (name, value) = named.unwrap_or((UNNAMED, given));
    delivery.headers.remove(name);
    delivery.headers.push(name, value.trim());
    name.to_string()
}

/// The providers by whose scheme the signature is right, one fit for each.
fn fits_of(catalog: &Catalog, keyring: &Keyring, scene: &Scene<'_>, is_unnamed: bool) -> Vec<Fit> {
    let own = catalog.providers.iter().filter(|provider| provider.alias_of.is_none());
    own.filter_map(|provider| fit_of(provider, keyring, scene, is_unnamed)).collect()
}

fn fit_of(provider: &Provider, keyring: &Keyring, scene: &Scene<'_>, is_unnamed: bool) -> Option<Fit> {
    let read = |scheme: &Scheme| -> Option<Scheme> {
        if !is_unnamed {
            return signature::came(scheme, scene.delivery).then(|| scheme.clone());
        }
        // A header that customers choose, or a place in the body, is no trait of the provider.
        let is_own = !scheme.header_is_free && scheme.body.is_none();
        is_own.then(|| Scheme { header: Names::from(UNNAMED), ..scheme.clone() })
    };
    let secrets = keyring.all_of(provider.family());
    provider.description.signature.iter().find_map(|scheme| {
        let moved = read(scheme)?;
        let named = secrets.iter().find(|named| discover::fits(&moved, named, scene))?;
        let (from, id) = (named.from.clone(), provider.id.clone());
        Some(Fit { scheme: scheme.clone(), provider: Some(id), from, received: None })
    })
}

/// Searches the schemes in common use, and describes what fits.
fn search(catalog: &Catalog, question: &Search<'_>, keyring: &Keyring) -> Found {
    let begun = Instant::now();
    let mut found = discover::search(question, || begun.elapsed() < PATIENCE);
    if !found.is_tie() {
        found.lines = discover::lines(&found, question.scene.now, |id| catalog.provider(id).is_some());
    }
    for fit in &mut found.fits {
        fit.received = fit.received.take().map(|text| redacted(keyring, &text));
    }
    if let Some(lines) = &mut found.lines {
        lines.text = redacted(keyring, &lines.text);
    }
    found
}

fn redacted(keyring: &Keyring, text: &str) -> String {
    String::from_utf8_lossy(&keyring.redact(text.as_bytes())).into_owned()
}

/// The verdict on a delivery whose signature fits. Of several schemes none is chosen.
fn judged(found: Found, bytes: u64) -> Verified {
    let first = &found.fits[0];
    let of_provider: Vec<String> = found.fits.iter().filter_map(|fit| fit.provider.clone()).collect();
    let is_tie = !of_provider.is_empty() || found.is_tie();
    let mut notes = Vec::new();
    let (verdict, reason, code) = if !of_provider.is_empty() {
        let ids = words::list(&of_provider[..of_provider.len().min(MOST_NAMED)], "and");
        notes.push("--provider says whose it is; its age is judged then".to_string());
        (Verdict::Unknown, format!("the signature is right by the schemes of {ids} alike"), "several-providers")
    } else if is_tie {
        notes.push("a second delivery tells which one is meant".to_string());
        (Verdict::Unknown, format!("{} schemes make this signature alike", found.fits.len()), "several-schemes")
    } else {
        notes.push("no provider is recognised; the age of the delivery is not judged".to_string());
        (Verdict::Valid, "by a scheme that no provider here describes".to_string(), "scheme-found")
    };
    let compared = first.received.clone().filter(|_| !is_tie);
    let compared = compared.map(|received| Compared { expected: Some(received.clone()), received });
    let scheme = (!is_tie).then(|| signature::describe(&first.scheme));
    let judgement = Judgement { verdict, reason, codes: vec![code], compared };
    let origin = ValueOf::Sender;
    Verified {
        provider: None,
        event: None,
        scheme,
        bytes,
        judgement,
        explanation: None,
        origin,
        notes,
        found: Some(found),
    }
}

/// Searches the other headers of a delivery that came without its provider's signature. A note names the flag that
/// reads the signature as one of the provider's own modes.
pub(super) fn elsewhere(case: &Case<'_>, catalog: &Catalog, scene: &Scene<'_>) -> Option<(Found, Option<String>)> {
    let question = Search { scene: *scene, header: None, secrets: &case.secrets };
    let found = search(catalog, &question, &case.keyring);
    let modes = &case.provider.description.signature;
    let note = found.fits.iter().find_map(|fit| {
        let is_right = |scheme: &&Scheme| {
            let moved = Scheme { header: fit.scheme.header.clone(), body: None, ..(*scheme).clone() };
            case.secrets.iter().any(|named| discover::fits(&moved, named, scene))
        };
        let mode = &modes.iter().find(is_right)?.mode;
        let header = shell::argument(fit.scheme.header.first());
        Some(format!("--signature-header {header} reads it there: it is right in the mode {mode}"))
    });
    (!found.fits.is_empty()).then_some((found, note))
}

/// The error for a delivery of nobody that is known: the next step is told from what came and what was tried.
pub(super) fn unrecognised(catalog: &Catalog, delivery: &Delivery, searched: Option<(&Found, &Keyring)>) -> Error {
    let sent = told_shared(&shared(catalog, &delivery.headers));
    let whose = match &sent {
        Some(sent) => format!("{sent}: --provider says whose it is"),
        None => "--provider says whose it is (`hookproof events` lists them)".to_string(),
    };
    let own = "--catalog DIR reads a provider.toml of your own";
    let unseen = catalog.or_left_out("whose delivery it is can't be seen from its headers");
    let Some((found, keyring)) = searched else { return Error::usage(unseen, format!("{whose}; {own}")) };
    if keyring.general().is_empty() {
        return Error::usage(unseen, format!("{whose}; with --secret-env NAME the schemes in common use are searched"));
    }
    if found.places.is_empty() {
        let what = format!("{unseen}, and no header holds a signature");
        return Error::usage(what, format!("{whose}; -H 'NAME: VALUE' or --signature gives the signature"));
    }
    let from: Vec<String> = keyring.general().iter().map(|named| named.from.clone()).collect();
    let ended = if found.is_complete { "" } else { " in 5 seconds" };
    let places = words::list(&found.places, "or");
    let what = format!(
        "{unseen}, and none of {} schemes that were tried{ended} makes the signature in {places} with {}",
        found.tried,
        words::list(&from, "or")
    );
    Error::usage(what, format!("{whose}, and explains what is wrong then; {own}"))
}
