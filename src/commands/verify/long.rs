//! A body that is too long to be held in memory.

use std::io::Read;

use super::case::{case, delivery_of};
use super::judging::{computed, origin};
use super::reading::shown_name;
use super::unknown::{as_named, recognised, restored, unrecognised};
use super::{KEPT, VerifyArgs};
use crate::catalog::{Algorithm, Catalog};
use crate::commands::context::Context;
use crate::error::Error;
use crate::message::{Capture, Delivery};
use crate::report::Verified;
use crate::signature::{self, Long, Verdict};
use crate::words;

/// A body that is longer than what is kept: constant memory, and its raw bytes only.
pub(super) fn verify_long(
    args: &VerifyArgs,
    context: &Context,
    catalog: &Catalog,
    head: &[u8],
    mut rest: Box<dyn Read>,
) -> Result<Verified, Error> {
    let mut headers = args.headers.headers();
    let restored = restored(catalog, &mut headers);
    let delivery = Delivery { method: "POST".to_string(), target: "/".to_string(), headers, body: Vec::new() };
    let capture = Capture { delivery, received: None, peer: None };
    let provider = recognised(args, catalog, &delivery_of(args, &capture))?
        .ok_or_else(|| unrecognised(catalog, &capture.delivery, None))?;
    let mut case = case(args, context, catalog, provider, &capture)?;
    let Some(scheme) = case.scheme.clone() else { return Ok(case.unsigned(head.len() as u64)) };
    if case.secrets.is_empty() {
        return Ok(case.unchecked(args, head.len() as u64));
    }
    if let Some(value) = &args.computed {
        case.delivery.headers.remove(scheme.header.first());
        case.delivery.headers.push(scheme.header.first(), value.trim());
    }
    let mut bytes = head.len() as u64;
    let scene = case.scene(args);
    let judgement = if scheme.algorithm == Algorithm::Token {
        signature::verify(&scheme, &case.secrets, &scene)
    } else {
        let too_long = || Error::Untestable {
            message: format!(
                "{} is longer than {}, which this scheme needs in one piece",
                shown_name(&args.file),
                words::size(KEPT)
            ),
            hint: None,
        };
        let mut long = Long::begin(&scheme, &case.secrets, &scene).ok_or_else(too_long)?;
        long.update(head);
        let mut buffer = vec![0; 256 * 1024];
        loop {
            let read = rest.read(&mut buffer).map_err(|cause| Error::Read { path: args.file.clone(), cause })?;
            if read == 0 {
                break;
            }
            long.update(&buffer[..read]);
            bytes += read as u64;
        }
        long.judge()
    };
    let judgement = match &args.computed {
        Some(value) => computed(&scheme, value, judgement),
        None => as_named(judgement, &scheme, &restored),
    };
    let judgement = signature::conceal(judgement, &scheme, case.keyring.all());
    let mut verified = case.verified(judgement, bytes);
    verified.origin = origin(args);
    if verified.judgement.verdict == Verdict::Invalid {
        verified.notes.push(format!("over {}, only the raw bytes are checked", words::size(KEPT)));
    }
    Ok(verified)
}
