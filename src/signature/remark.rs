//! What is unusual about a signature that is right, or wrong with one that is not: a stable code and the words for it.

use std::fmt;

/// A remark on how a delivery is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// The stable code, for machine output.
    pub code: &'static str,
    /// The words, a sentence fragment.
    pub words: String,
}

impl Remark {
    /// Returns a remark with this code.
    pub fn new(code: &'static str, words: impl Into<String>) -> Self {
        Self { code, words: words.into() }
    }
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

/// Returns the words of remarks, and their codes.
pub(super) fn split(remarks: Vec<Remark>) -> (Vec<String>, Vec<&'static str>) {
    remarks.into_iter().map(|remark| (remark.words, remark.code)).unzip()
}
