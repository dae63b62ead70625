//! Requests that a receiver may refuse or take, as long as it answers and lives on.

use super::refuses::unsign;
use super::{Expect, Going, Kit, Shot, bodies, in_lower_case, own, signed};
use crate::conformance::plan::Planned;
use crate::message::{Delivery, Headers};
use crate::render::World;

/// Bytes of a body that is far too large.
const HUGE: usize = 30_000_000;

pub(super) fn survived(
    planned: &Planned<'_>,
    mut base: Delivery,
    kit: &Kit<'_>,
    world: &mut World,
) -> Result<Shot, String> {
    let id = planned.case.id;
    match id {
        "get" | "head" => {
            let agent = base.headers.get("user-agent").map(<[u8]>::to_vec).unwrap_or_default();
            let mut headers = Headers::default();
            headers.push("User-Agent", agent);
            let delivery = Delivery { method: id.to_ascii_uppercase(), headers, body: Vec::new(), ..base };
            Ok(Shot::one(delivery, Expect::Survive, Going::Usual))
        }
        "slow-body" | "early-close" => {
            let mut delivery = signed(base, own(kit), kit, world)?;
            in_lower_case(&mut delivery);
            let (expect, going) =
                if id == "slow-body" { (Expect::Accept, Going::Slow) } else { (Expect::Survive, Going::Half) };
            Ok(Shot::one(delivery, expect, going))
        }
        "huge-unsigned" => {
            let scheme = kit.scheme.ok_or("nothing is signed, so there is nothing to refuse")?;
            if kit.is_public {
                return Err("a receiver that may be somebody else's is spared 30 MB".to_string());
            }
            if scheme.body.is_none() {
                base = signed(base, own(kit), kit, world)?;
                unsign(scheme, &mut base)?;
            }
            base.body = [b"{\"hookproof_check\":\"".as_slice(), &vec![b'x'; HUGE - 23], b"\"}"].concat();
            in_lower_case(&mut base);
            let expect = Expect::Refuse { may_drop: true, is_malformed: false, severity: planned.case.level };
            Ok(Shot::one(base, expect, Going::Exact))
        }
        _ => {
            base.body = body(planned, &base.body)?;
            // Senders state the length of no bytes too, and ordinary sending does not.
            if base.body.is_empty() {
                base.headers.push("Content-Length", "0");
            }
            let expect = if id == "signed-not-json" { Expect::Decline } else { Expect::Survive };
            Ok(Shot::one(signed(base, own(kit), kit, world)?, expect, Going::Usual))
        }
    }
}

/// What is signed in place of a sample.
fn body(planned: &Planned<'_>, sample: &[u8]) -> Result<Vec<u8>, String> {
    let id = planned.case.id;
    if id != "signed-empty" {
        bodies::json_text(&planned.event, sample)?;
    }
    let is_list = sample.trim_ascii_start().starts_with(b"[");
    match id {
        "signed-empty" => Ok(Vec::new()),
        "signed-scalar" => Ok(b"1".to_vec()),
        "signed-array" if is_list => Err("its bodies are lists themselves".to_string()),
        "signed-array" => Ok(b"[1,\"two\",null]".to_vec()),
        "deep-nesting" => bodies::nested(sample),
        "invalid-utf8" => bodies::broken(sample).ok_or_else(|| "its body has no text to break".to_string()),
        _ => Ok(b"this is no JSON".to_vec()),
    }
}
