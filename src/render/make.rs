//! Filling the holes of a template.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use rand_chacha::rand_core::Rng as _;
use ulid::Ulid;
use uuid::{Builder, Uuid};

use super::{Randomness, RenderError};
use crate::catalog::{Piece, Template};

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// What the names of a template stand for.
pub(super) trait Names {
    /// The text under a name.
    fn named(&self, name: &str) -> Option<&str>;
}

impl Names for HashMap<String, String> {
    fn named(&self, name: &str) -> Option<&str> {
        self.get(name).map(String::as_str)
    }
}

/// The longest text that is made of a template, in bytes: a name may hold the text of another template.
const LONGEST: usize = 64 << 10;

/// Makes one text of a template. A name that is not known stays empty: the catalog's test finds it.
pub(super) fn make(
    template: &Template,
    names: &impl Names,
    at: Timestamp,
    random: &mut Randomness,
) -> Result<String, RenderError> {
    let mut out = String::new();
    make_to(template, names, at, random, &mut out)?;
    Ok(out)
}

fn make_to(
    template: &Template,
    names: &impl Names,
    at: Timestamp,
    random: &mut Randomness,
    out: &mut String,
) -> Result<(), RenderError> {
    for piece in &template.0 {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Name(name) => {
                let value = names.named(name).unwrap_or_default();
                if out.len() + value.len() > LONGEST {
                    return Err(RenderError::TooLarge { what: "a text that is made from identities", limit: LONGEST });
                }
                out.push_str(value);
            }
            Piece::Uuid => {
                let uuid = Builder::from_random_bytes(wide(random).to_be_bytes()).into_uuid();
                out.push_str(uuid.hyphenated().encode_lower(&mut Uuid::encode_buffer()));
            }
            Piece::Ulid => {
                let ulid = Ulid::from_parts(u64::try_from(at.as_millisecond()).unwrap_or(0), wide(random));
                out.push_str(ulid.array_to_str(&mut [0; ulid::ULID_LEN]));
            }
            Piece::Hex(length) => {
                out.extend((0..*length).map(|_| char::from(BASE62[below(16, random)].to_ascii_lowercase())));
            }
            Piece::Base62(length) => out.extend((0..*length).map(|_| char::from(BASE62[below(62, random)]))),
            Piece::Digits(length) => digits(*length, random, out),
            Piece::Base64(inner) => STANDARD.encode_string(make(inner, names, at, random)?, out),
        }
    }
    Ok(())
}

fn digits(length: usize, random: &mut Randomness, out: &mut String) {
    out.push(char::from(BASE62[1 + below(9, random)]));
    out.extend((1..length).map(|_| char::from(BASE62[below(10, random)])));
}

fn wide(random: &mut Randomness) -> u128 {
    u128::from(random.next_u64()) << 64 | u128::from(random.next_u64())
}

fn below(limit: u32, random: &mut Randomness) -> usize {
    (random.next_u32() % limit) as usize
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use jiff::Timestamp;
    use rand_chacha::rand_core::SeedableRng as _;

    use super::{Randomness, make};

    #[test]
    fn made_identities_have_their_documented_form() {
        let at: Timestamp = "2026-06-01T17:45:12.345Z".parse().unwrap();
        let names: HashMap<String, String> = HashMap::from([("object".to_string(), "lead".to_string())]);
        let mut random = Randomness::seed_from_u64(7);
        let mut made = |template: &str| make(&template.parse().unwrap(), &names, at, &mut random).unwrap();
        assert_eq!(uuid::Uuid::parse_str(&made("{uuid}")).unwrap().get_version_num(), 4);
        let ulid = ulid::Ulid::from_string(&made("{ulid}")).unwrap();
        assert_eq!(ulid.timestamp_ms(), u64::try_from(at.as_millisecond()).unwrap(), "a ULID carries the event's time");
        assert!(made("{object}_{digits:9}").starts_with("lead_"));
        assert_eq!(made("{hex:12}").len(), 12);
        assert!(made("{base64:EventPeople_{digits:6}}").starts_with("RXZlbnRQZW9wbGVf"));
    }
}
