//! Conditions under which a mode of signing is meant: headers and fields of the query that came beside the signature.

use std::fmt;

use serde::Deserialize;
use serde::de::{MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer};

/// A condition on a header or on a field of the query.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// The header's name.
    pub header: Option<String>,
    /// The name of an item in that header, as in `key=1,algorithm=HMAC_SHA256`.
    pub item: Option<String>,
    /// The field of the query.
    pub query: Option<String>,
    /// The value that has to be there; any where nothing is said.
    pub is: Option<String>,
    /// With a value: whether it may be missing as well. Without one: that it has to be missing.
    #[serde(default)]
    pub absent: bool,
    /// True if the verdict names the missing value.
    #[serde(default)]
    pub told: bool,
}

impl Condition {
    /// Returns what is wrong with the condition itself.
    pub(super) fn fault(&self) -> Option<&'static str> {
        let wrong = [
            (self.header.is_some() == self.query.is_some(), "needs a header or a query in each `when`"),
            (self.item.is_some() && self.header.is_none(), "has an item without a header in `when`"),
            (self.told && !(self.absent && self.is.is_some()), "tells in `when` what cannot be missing"),
        ];
        wrong.into_iter().find(|(is_wrong, _)| *is_wrong).map(|(_, what)| what)
    }

    /// Returns the header line that a sender puts there, if any.
    pub fn sent(&self) -> Option<(&str, String)> {
        let (header, is) = self.header.as_deref().zip(self.is.as_ref())?;
        let is_usual = self.absent && !self.told;
        let value = self.item.as_ref().map_or_else(|| is.clone(), |item| format!("{item}={is}"));
        (!is_usual).then_some((header, value))
    }
}

/// All conditions of a mode. Each has to hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conditions(pub Vec<Condition>);

impl Conditions {
    /// The headers that decide.
    pub fn headers(&self) -> impl Iterator<Item = &String> {
        self.0.iter().filter_map(|condition| condition.header.as_ref())
    }
}

impl<'de> Deserialize<'de> for Conditions {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrMore;
        impl<'de> Visitor<'de> for OneOrMore {
            type Value = Conditions;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a condition or a list of them")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Conditions, A::Error> {
                Condition::deserialize(MapAccessDeserializer::new(map)).map(|one| Conditions(vec![one]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Conditions, A::Error> {
                let mut all = Vec::new();
                while let Some(one) = list.next_element()? {
                    all.push(one);
                }
                Ok(Conditions(all))
            }
        }
        deserializer.deserialize_any(OneOrMore)
    }
}
