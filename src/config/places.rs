//! Where the keys of a TOML text stand.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::de::{DeTable, DeValue};

use crate::complaint;

/// The place of each key by its path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Places(BTreeMap<Vec<String>, Place>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    /// The key's line, from 1.
    line: usize,
    /// The key's bytes.
    key: Range<usize>,
    /// Its value's bytes.
    value: Range<usize>,
}

impl Places {
    /// The places in a text that was read before; one that can't be read has none.
    pub(super) fn of(text: &str) -> Self {
        let mut places = Self::default();
        if let Ok(table) = DeTable::parse(text) {
            places.add(text, &[], table.get_ref());
        }
        places
    }

    fn add(&mut self, text: &str, above: &[String], table: &DeTable<'_>) {
        for (key, value) in table {
            let path = [above, &[key.get_ref().to_string()]].concat();
            if let DeValue::Table(table) = value.get_ref() {
                self.add(text, &path, table);
            }
            let line = complaint::line_of(text, key.span().start);
            let place = Place { line, key: key.span(), value: value.span() };
            self.0.insert(path, place);
        }
    }

    pub(super) fn line(&self, path: &[&str]) -> Option<usize> {
        self.get(path).map(|place| place.line)
    }

    pub(super) fn key(&self, path: &[&str]) -> Option<Range<usize>> {
        self.get(path).map(|place| place.key.clone())
    }

    pub(super) fn value(&self, path: &[&str]) -> Option<Range<usize>> {
        self.get(path).map(|place| place.value.clone())
    }

    fn get(&self, path: &[&str]) -> Option<&Place> {
        self.0.get(&path.iter().map(ToString::to_string).collect::<Vec<_>>())
    }
}
