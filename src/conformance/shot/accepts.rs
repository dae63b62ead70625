//! Deliveries that a receiver takes: the control, and what differs from it in a way that it must not mind.

use super::bodies;
use super::{Kit, own, signed};
use crate::catalog::{Place, Provider};
use crate::conformance::plan::Planned;
use crate::json::{Document, Kind};
use crate::message::Delivery;
use crate::render::World;
use crate::secret::Named;
use crate::signature;

pub(super) fn accepted(
    planned: &Planned<'_>,
    mut base: Delivery,
    kit: &Kit<'_>,
    world: &mut World,
) -> Result<Delivery, String> {
    let id = planned.case.id;
    let event = &planned.event;
    let alters = matches!(
        id,
        "whitespace" | "crlf" | "escapes" | "utf8" | "emoji" | "extra-fields" | "numbers" | "null" | "missing-fields"
    ) || id.starts_with("size-");
    if alters {
        let altered = bodies::alter(id, event, bodies::json_text(event, &base.body)?)?;
        if altered.has_probe && id != "extra-fields" && !kit.takes_extra {
            return Err("it needs a field more, and the receiver refused extra-fields".to_string());
        }
        base.body = altered.text.into_bytes();
    }
    match id {
        "charset" | "content-type-case" => {
            let given = base.headers.text("content-type").ok_or("its deliveries have no content type")?.to_string();
            if id == "charset" && given.contains("charset") {
                return Err("its content type has a charset already".to_string());
            }
            let other = if id == "charset" { format!("{given}; charset=utf-8") } else { title_case(&given) };
            base.headers.remove("content-type");
            base.headers.push("Content-Type", other);
        }
        "unknown-event" => rename(event.provider, &mut base)?,
        "rotation" => {
            let scheme = kit.scheme.filter(|scheme| scheme.list.is_some());
            scheme.ok_or("its signature has no room for several")?;
            let bogus = Named { from: "another".to_string(), secret: kit.wrong.clone() };
            return signed(base, &[std::slice::from_ref(&bogus), own(kit)].concat(), kit, world);
        }
        _ => {}
    }
    let mut delivery = signed(base, own(kit), kit, world)?;
    if id == "header-case" {
        for header in &mut delivery.headers.0 {
            header.name = header.name.to_ascii_uppercase();
        }
    }
    Ok(delivery)
}

/// `Application/Json`
fn title_case(text: &str) -> String {
    let mut is_start = true;
    let each = |c: char| {
        let out = if is_start { c.to_ascii_uppercase() } else { c };
        is_start = !c.is_ascii_alphanumeric();
        out
    };
    text.chars().map(each).collect()
}

/// Gives a delivery the name of an event that nobody knows.
fn rename(provider: &Provider, delivery: &mut Delivery) -> Result<(), String> {
    let name = "hookproof.unknown_event";
    match &provider.description.event.name {
        None => Err("its deliveries name no event".to_string()),
        Some(Place::Header(names)) => {
            for known in &names.0 {
                delivery.headers.remove(known);
            }
            delivery.headers.push(names.first(), name);
            Ok(())
        }
        Some(Place::Body(path)) => {
            let text = String::from_utf8_lossy(&delivery.body).into_owned();
            let is_text =
                |document: &Document<'_>| document.find(path).map(|node| document.kind(node)) == Some(Kind::String);
            if !Document::parse(&text).is_ok_and(|document| is_text(&document)) {
                return Err("its events have no names that are text".to_string());
            }
            signature::set(delivery, path, name).map_err(|error| error.to_string())
        }
    }
}
