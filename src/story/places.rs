//! Where the parts of a step stand in their file: what only making the step shows to be wrong is told there, in the
//! file's own words.

use std::ops::Range;
use std::sync::Arc;

use super::Step;
use crate::complaint::{self, Complaint};
use crate::json::ChangeError;
use crate::path::Path;
use crate::render::RenderError;

/// A story's file.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) text: String,
    /// The file as the user knows it.
    pub(super) file: String,
}

/// The bytes of each part of a step.
#[derive(Clone, Debug)]
pub struct Places {
    pub(super) source: Arc<Source>,
    pub(super) event: Range<usize>,
    /// As many as the step's changes have.
    pub(super) ids: Vec<Range<usize>>,
    pub(super) data: Option<Range<usize>>,
    pub(super) before: Option<Range<usize>>,
    pub(super) after: Option<Range<usize>>,
    /// As many as the step's changes have.
    pub(super) edits: Vec<Range<usize>>,
    pub(super) fault: Option<Range<usize>>,
}

/// What a file says to have a place made.
const CREATE: &str = "`create = true`";

impl Places {
    fn at(&self, span: &Range<usize>, what: &str) -> Complaint {
        Complaint::at(&self.source.text, &self.source.file, span.clone(), what)
    }
}

impl Step<'_> {
    /// The file that says it, as the user knows it, and the line there, from 1.
    pub fn place(&self) -> (&str, usize) {
        let Source { text, file } = &*self.places.source;
        (file, complaint::line_of(text, self.places.event.start))
    }

    /// Why it can't be made, where that stands in its file; nothing where the file doesn't say it.
    pub fn complaint(&self, error: &RenderError) -> Option<Complaint> {
        let (span, hint) = match error {
            RenderError::Change { error: ChangeError::Missing(path), .. } => self.missing(path, error)?,
            RenderError::Change { error: ChangeError::NoPlace { path, .. }, .. } => (self.edit(path)?, None),
            RenderError::NotANumber { name, .. } => (self.id(|(known, _)| known == name)?, None),
            RenderError::HeaderValue { .. } => (self.id(|(_, value)| value.chars().any(char::is_control))?, None),
            RenderError::IsForm { .. } => (self.first_change()?, None),
            RenderError::NoRecords { .. } => {
                let span = self.places.before.as_ref().or(self.places.after.as_ref())?;
                (span, Some("`set` and `data` change other events".to_string()))
            }
            _ => return None,
        };
        let complaint = self.places.at(span, &error.to_string());
        Some(match hint {
            Some(hint) => complaint.hinting(hint),
            None => complaint,
        })
    }

    /// What is wrong with its fault, where the file says one.
    pub fn complaint_of_fault(&self, what: &str) -> Option<Complaint> {
        self.places.fault.as_ref().map(|span| self.places.at(span, what))
    }

    /// Where a change stands that has no place, and what to write instead.
    fn missing(&self, path: &Path, error: &RenderError) -> Option<(&Range<usize>, Option<String>)> {
        if let Some(span) = self.edit(path) {
            return Some((span, error.hint_of_place(CREATE)));
        }
        // A record goes where the sample has one, and given data may have none.
        let instead = "`data` takes the place of the whole body: leave one of the two out";
        Some((self.record(path)?, Some(instead.to_string())))
    }

    fn edit(&self, path: &Path) -> Option<&Range<usize>> {
        self.changes.edits.iter().zip(&self.places.edits).find(|(edit, _)| edit.path() == path).map(|(_, span)| span)
    }

    fn id(&self, is_it: impl Fn(&(String, String)) -> bool) -> Option<&Range<usize>> {
        self.changes.ids.iter().zip(&self.places.ids).find(|(id, _)| is_it(id)).map(|(_, span)| span)
    }

    /// Where the record stands that would go to this path.
    fn record(&self, path: &Path) -> Option<&Range<usize>> {
        let changes = self.event.provider.description.derived.iter().find_map(|derived| derived.changes.as_ref())?;
        let records = [(&changes.from, &self.places.before), (&changes.to, &self.places.after)];
        records.into_iter().find(|(at, _)| *at == path)?.1.as_ref()
    }

    fn first_change(&self) -> Option<&Range<usize>> {
        let Places { data, before, after, edits, .. } = &self.places;
        [data, before, after].into_iter().flatten().chain(edits).min_by_key(|span| span.start)
    }
}
