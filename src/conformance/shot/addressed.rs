//! Deliveries to the address with a query more, for schemes that sign the address.

use super::{Expect, Going, Kit, Shot, own};
use crate::catalog::Scheme;
use crate::message::Delivery;
use crate::render::World;
use crate::signature::{self, as_requested};

/// What is added to the query. The escape shows receivers that decode the query.
const QUERY: &str = "hookproof=1&text=a%20b";
/// A host that no receiver is configured with.
const HOST: &str = "hookproof.example";

/// A delivery under another host, and one to the address with a query. Only a receiver that takes the first builds the
/// address from the request.
pub(super) fn queried(
    base: Delivery,
    mut more: impl Iterator<Item = Delivery>,
    kit: &Kit<'_>,
    world: &mut World,
) -> Result<Shot, String> {
    let scheme = kit.scheme.filter(|scheme| scheme.covers_address());
    let scheme = scheme.ok_or("its signature does not cover the address")?;
    if kit.is_public {
        return Err("under another host the request may reach somebody else".to_string());
    }
    let url = as_requested(kit.url);
    let (protocol, rest) = url.split_once("://").ok_or("the address has no protocol")?;
    let (authority, target) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let is_port = |text: &&str| text[1..].bytes().all(|byte| byte.is_ascii_digit());
    let port = authority.rfind(':').map(|at| &authority[at..]).filter(is_port).unwrap_or_default();
    let host = format!("{HOST}{port}");
    let mut elsewhere = signed_over(&format!("{protocol}://{host}{target}"), scheme, base, kit, world)?;
    elsewhere.headers.remove("host");
    elsewhere.headers.push("Host", host);
    elsewhere.target.clone_from(&url);
    let gap = if url.contains('?') { '&' } else { '?' };
    let base = more.next().ok_or("no delivery was made")?;
    let queried = signed_over(&format!("{url}{gap}{QUERY}"), scheme, base, kit, world)?;
    Ok(Shot::two([elsewhere, queried], [Expect::Anything, Expect::Accept], Going::Usual))
}

/// Signs a delivery over another address, and aims it there.
fn signed_over(
    url: &str,
    scheme: &Scheme,
    mut delivery: Delivery,
    kit: &Kit<'_>,
    world: &mut World,
) -> Result<Delivery, String> {
    delivery.target = url.to_string();
    signature::sign(scheme, own(kit), &mut delivery, Some(url), world).map_err(|error| error.to_string())?;
    Ok(delivery)
}
