//! Filling the holes of a template.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use rand_chacha::rand_core::Rng as _;
use ulid::Ulid;
use uuid::Builder;

use super::Randomness;
use crate::catalog::{Piece, Template};

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Makes one text of a template. A name that is not known stays empty: the catalog's test finds it.
pub(super) fn make(
    template: &Template,
    names: &HashMap<String, String>,
    at: Timestamp,
    random: &mut Randomness,
) -> String {
    template.0.iter().map(|piece| fill(piece, names, at, random)).collect()
}

fn fill(piece: &Piece, names: &HashMap<String, String>, at: Timestamp, random: &mut Randomness) -> String {
    match piece {
        Piece::Text(text) => text.clone(),
        Piece::Name(name) => names.get(name).cloned().unwrap_or_default(),
        Piece::Uuid => Builder::from_random_bytes(wide(random).to_be_bytes()).into_uuid().to_string(),
        Piece::Ulid => Ulid::from_parts(u64::try_from(at.as_millisecond()).unwrap_or(0), wide(random)).to_string(),
        Piece::Hex(length) => {
            (0..*length).map(|_| char::from(BASE62[below(16, random)].to_ascii_lowercase())).collect()
        }
        Piece::Base62(length) => (0..*length).map(|_| char::from(BASE62[below(62, random)])).collect(),
        Piece::Digits(length) => digits(*length, random),
        Piece::Base64(inner) => STANDARD.encode(make(inner, names, at, random)),
    }
}

fn digits(length: usize, random: &mut Randomness) -> String {
    let first = char::from(BASE62[1 + below(9, random)]);
    std::iter::once(first).chain((1..length).map(|_| char::from(BASE62[below(10, random)]))).collect()
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
        let names = HashMap::from([("object".to_string(), "lead".to_string())]);
        let mut random = Randomness::seed_from_u64(7);
        let mut made = |template: &str| make(&template.parse().unwrap(), &names, at, &mut random);
        assert_eq!(uuid::Uuid::parse_str(&made("{uuid}")).unwrap().get_version_num(), 4);
        let ulid = ulid::Ulid::from_string(&made("{ulid}")).unwrap();
        assert_eq!(ulid.timestamp_ms(), u64::try_from(at.as_millisecond()).unwrap(), "a ULID carries the event's time");
        assert!(made("{object}_{digits:9}").starts_with("lead_"));
        assert_eq!(made("{hex:12}").len(), 12);
        assert!(made("{base64:EventPeople_{digits:6}}").starts_with("RXZlbnRQZW9wbGVf"));
    }
}
