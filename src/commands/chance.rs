//! Randomness that nobody can foresee, from the system.

use rand_chacha::rand_core::SeedableRng as _;

use crate::error::Error;
use crate::render::Randomness;

/// So many random bytes. `hint` says what does without.
pub(super) fn bytes<const N: usize>(hint: Option<&str>) -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|cause| Error::Untestable {
        message: format!("the system gives no randomness: {cause}"),
        hint: hint.map(str::to_string),
    })?;
    Ok(bytes)
}

/// A stream of randomness of its own.
pub(super) fn stream() -> Result<Randomness, Error> {
    Ok(Randomness::from_seed(bytes(None)?))
}
