//! What several targets share: fields of an input, and the fixed parts of their tests.

use std::sync::LazyLock;

use hookproof::catalog::Catalog;
use hookproof::message::{Delivery, Header, Headers};
use hookproof::render::{Randomness, World};
use hookproof::secret::{Named, Secret};
use jiff::Timestamp;
use rand_chacha::rand_core::SeedableRng as _;

/// The built-in catalog.
pub(crate) static CATALOG: LazyLock<Catalog> = LazyLock::new(|| Catalog::built_in().expect("the built-in catalog"));

/// A secret that no input holds by chance.
pub(crate) const SECRET: &str = "whsec_c2VjcmV0IG9mIHRoZSBmdXp6IHRhcmdldHM=";

/// Splits an input at its first NUL bytes. The last field takes the rest, and missing fields are empty.
pub(crate) fn fields<const N: usize>(data: &[u8]) -> [&[u8]; N] {
    let mut parts = data.splitn(N, |byte| *byte == 0);
    std::array::from_fn(|_| parts.next().unwrap_or_default())
}

/// Returns the bytes as text, with replacement characters where they are not UTF-8.
pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Reads `Name: value` lines; other lines are ignored.
pub(crate) fn headers(bytes: &[u8]) -> Headers {
    let line = |line: &[u8]| {
        let at = line.iter().position(|byte| *byte == b':')?;
        let name = std::str::from_utf8(&line[..at]).ok()?;
        Some(Header { name: name.to_string(), value: line[at + 1..].trim_ascii().to_vec() })
    };
    Headers(bytes.split(|byte| *byte == b'\n').filter_map(line).collect())
}

/// A POST with these headers and this body.
pub(crate) fn delivery(headers: Headers, body: &[u8]) -> Delivery {
    Delivery { method: "POST".to_string(), target: "/hook?a=b".to_string(), headers, body: body.to_vec() }
}

/// The secret with a source.
pub(crate) fn secret() -> Named {
    named(SECRET)
}

/// A secret with a source.
pub(crate) fn named(text: &str) -> Named {
    Named { from: "FUZZ".to_string(), secret: Secret::new(text).expect("a secret") }
}

/// The time at which everything happens.
pub(crate) fn now() -> Timestamp {
    Timestamp::constant(1_780_315_200, 0)
}

/// A world that is the same for every input.
pub(crate) fn world() -> World {
    World { now: now(), random: Randomness::from_seed([7; 32]) }
}
