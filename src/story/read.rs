//! From a story's text to its steps: every name is looked up and every path read, and what is wrong is shown where it
//! stands.

use std::ops::Range;
use std::sync::Arc;

use indexmap::IndexMap;
use toml::{Spanned, Value};

use super::expect::{Expectation, Text};
use super::places::{Places, Source};
use super::text::{self, Id};
use super::values::{self, Wrong};
use super::{Step, Story};
use crate::catalog::{Catalog, Event, Identity, Life, SelectError, Variants};
use crate::complaint::Complaint;
use crate::conformance::{self, CASES};
use crate::json::Create;
use crate::message::is_header_name;
use crate::path::Path;
use crate::render::{Edit, Overrides};
use crate::shell;
use crate::words;

/// How a step is written.
const A_STEP: &str = "a step is [[step]], and under it event = \"PROVIDER/EVENT\"";

/// Reads a story. `name` is what it is called, `file` where it stands; events without a provider's name are looked for
/// at `provider`, or at the one that the file names.
pub fn read<'c>(
    text: &str,
    file: &str,
    name: &str,
    catalog: &'c Catalog,
    provider: Option<&str>,
) -> Result<Story<'c>, Complaint> {
    let written: text::File = toml::from_str(text).map_err(|error| misread(text, file, &error))?;
    let source = Arc::new(Source { text: text.to_string(), file: file.to_string() });
    let reader = Reader { source, catalog };
    let mut provider = provider.map(str::to_string);
    if let Some(named) = &written.provider {
        catalog.named(named.get_ref()).map_err(|error| reader.unselected(named, &error))?;
        provider = Some(named.get_ref().clone());
    }
    if written.step.is_empty() {
        let complaint = Complaint::at(text, file, 0..0, "a story has no steps");
        return Err(complaint.hinting(A_STEP));
    }
    if let Some(delay) = &written.step[0].delay {
        let complaint = reader.at(delay, "a delay is after the step before, and this is the first");
        return Err(complaint.hinting("leave it out, or move it to the step that is to wait"));
    }
    let steps = written.step.into_iter().map(|step| reader.step(step, provider.as_deref()));
    Ok(Story { name: name.to_string(), summary: written.summary, steps: steps.collect::<Result<_, _>>()? })
}

/// What the reader of TOML has to say, and where one step was written that should be a list of them.
fn misread(text: &str, file: &str, error: &toml::de::Error) -> Complaint {
    let complaint = Complaint::of_toml(text, file, error);
    let is_table = || toml::from_str::<toml::Table>(text).is_ok_and(|all| all.get("step").is_some_and(Value::is_table));
    if is_table() { complaint.reworded("the steps are a list").hinting(A_STEP) } else { complaint }
}

/// The places that a value means, each with what it is changed to.
type ReadLeaves = fn(Path, &Value) -> Result<Vec<(Path, String)>, Wrong>;

/// What every part of the file is read with.
struct Reader<'c> {
    source: Arc<Source>,
    catalog: &'c Catalog,
}

impl<'c> Reader<'c> {
    fn at<T>(&self, place: &Spanned<T>, what: &str) -> Complaint {
        Complaint::at(&self.source.text, &self.source.file, place.span(), what)
    }

    fn wrong<T>(&self, place: &Spanned<T>, wrong: &Wrong) -> Complaint {
        let complaint = self.at(place, &wrong.what);
        match wrong.hint {
            Some(hint) => complaint.hinting(hint),
            None => complaint,
        }
    }

    /// The fault of a name that the catalog does not bear out.
    fn unselected<T>(&self, place: &Spanned<T>, error: &SelectError) -> Complaint {
        let is_of_catalog = matches!(error, SelectError::LeftOut { .. });
        self.at(place, &error.to_string()).hinting(error.hint()).blaming_catalog(is_of_catalog)
    }

    fn step(&self, step: text::Step, provider: Option<&str>) -> Result<Step<'c>, Complaint> {
        let event = self.event(&step.event, step.variant.as_ref(), provider)?;
        self.identities(&event, &step)?;
        let id = |value: &Id| match value {
            Id::Text(text) => text.clone(),
            Id::Number(number) => number.to_string(),
        };
        let (edits, of_edits) = self.edits(&step.set, &step.set_string, &step.unset)?;
        let places = Places {
            source: Arc::clone(&self.source),
            event: step.event.span(),
            ids: step.id.keys().map(Spanned::span).collect(),
            data: step.data.as_ref().map(Spanned::span),
            before: step.before.as_ref().map(Spanned::span),
            after: step.after.as_ref().map(Spanned::span),
            edits: of_edits,
            fault: step.fault.as_ref().map(Spanned::span),
        };
        let changes = Overrides {
            ids: step.id.iter().map(|(name, value)| (name.get_ref().clone(), id(value))).collect(),
            data: self.given(step.data)?,
            before: self.given(step.before)?,
            after: self.given(step.after)?,
            edits,
            create: if step.create { Create::Yes } else { Create::No },
            ..Overrides::default()
        };
        Ok(Step {
            name: step.name,
            delay: step.delay.map(|delay| delay.into_inner().0),
            new: step.new.into_iter().map(Spanned::into_inner).collect(),
            changes,
            fault: step.fault.map(|fault| self.fault(&event, fault)).transpose()?,
            expect: step.expect.map(|expect| self.expect(expect)).transpose()?,
            places,
            event,
        })
    }

    fn event(
        &self,
        named: &Spanned<String>,
        variant: Option<&Spanned<String>>,
        provider: Option<&str>,
    ) -> Result<Event<'c>, Complaint> {
        if named.get_ref().is_empty() {
            return Err(self.at(named, "no event is named"));
        }
        let typed = match provider {
            Some(provider) if !named.get_ref().contains('/') && self.catalog.provider(named.get_ref()).is_none() => {
                format!("{provider}/{}", named.get_ref())
            }
            _ => named.get_ref().clone(),
        };
        let found = self.catalog.select(&typed, Variants::Without);
        let found = found.map_err(|error| self.unselected(named, &error))?;
        let [event] = found.as_slice() else {
            let what = format!("`{typed}` means {} events, and a step is one", found.len());
            return Err(self.at(named, &what).hinting("a step for each of them"));
        };
        let Some(variant) = variant else { return Ok(event.clone()) };
        let form = self.catalog.one(&format!("{}/{}", event.provider.id, event.name), Some(variant.get_ref()));
        form.map_err(|error| self.unselected(variant, &error))
    }

    /// Looks at the identities that a step names.
    fn identities(&self, event: &Event<'_>, step: &text::Step) -> Result<(), Complaint> {
        for name in &step.new {
            if self.identity(event, name)?.lives == Life::Fixed {
                let what = format!("`{}` stays what it is, so none is new", name.get_ref());
                return Err(self.at(name, &what).hinting("`id` gives it another value"));
            }
        }
        for (name, value) in &step.id {
            self.identity(event, name)?;
            if matches!(value, Id::Text(text) if text.is_empty()) {
                return Err(self.at(name, &format!("the identity `{}` is empty", name.get_ref())));
            }
        }
        Ok(())
    }

    fn identity<'e>(&self, event: &Event<'e>, name: &Spanned<String>) -> Result<&'e Identity, Complaint> {
        let known: &IndexMap<String, Identity> = &event.provider.description.identity;
        if let Some(identity) = known.get(name.get_ref()) {
            return Ok(identity);
        }
        let all = words::list(&known.keys().cloned().collect::<Vec<_>>(), "and");
        let all = if all.is_empty() { "none".to_string() } else { all };
        let what = format!("{} has no identity `{}`; it has {all}", event.provider.id, name.get_ref());
        let complaint = self.at(name, &what);
        Err(match words::nearest(name.get_ref(), known.keys().map(String::as_str)) {
            Some(near) => complaint.hinting(format!("did you mean `{near}`?")),
            None => complaint,
        })
    }

    /// A record: a table, or the same as JSON text.
    fn given(&self, value: Option<Spanned<Value>>) -> Result<Option<String>, Complaint> {
        let Some(value) = value else { return Ok(None) };
        values::record(value.get_ref()).map(Some).map_err(|wrong| self.wrong(&value, &wrong))
    }

    /// The changes of single places with where they stand: values, then texts, then what goes.
    fn edits(
        &self,
        set: &IndexMap<Spanned<String>, Value>,
        set_string: &IndexMap<Spanned<String>, Value>,
        unset: &[Spanned<String>],
    ) -> Result<(Vec<Edit>, Vec<Range<usize>>), Complaint> {
        let mut edits: Vec<Edit> = Vec::new();
        let mut places = Vec::new();
        let mut add = |written: &Spanned<String>, edit: Edit| {
            if edits.iter().any(|known| known.path() == edit.path()) {
                return Err(self.at(written, &format!("`{}` is changed twice in this step", edit.path())));
            }
            edits.push(edit);
            places.push(written.span());
            Ok(())
        };
        for (all, read) in [(set, values::leaves as ReadLeaves), (set_string, values::texts)] {
            for (path, value) in all {
                let found = read(self.path(path)?, value).map_err(|wrong| self.wrong(path, &wrong))?;
                found.into_iter().try_for_each(|(place, value)| add(path, Edit::Set(place, value)))?;
            }
        }
        for path in unset {
            add(path, Edit::Unset(self.path(path)?))?;
        }
        Ok((edits, places))
    }

    fn path(&self, written: &Spanned<String>) -> Result<Path, Complaint> {
        match Path::parse(written.get_ref()) {
            Err(error) => Err(self.at(written, &error.to_string())),
            Ok(path) if path.0.is_empty() => Err(self.at(written, "the path is empty")),
            Ok(path) => Ok(path),
        }
    }

    fn fault(&self, event: &Event<'_>, named: Spanned<String>) -> Result<String, Complaint> {
        let name = named.get_ref();
        let all = conformance::everything(event.provider, std::slice::from_ref(event));
        if all.iter().any(|planned| planned.name == *name || planned.case.id == *name) {
            return Ok(named.into_inner());
        }
        let near = words::nearest(name, CASES.iter().map(|case| case.id));
        let near = near.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
        let whose = shell::argument(&event.provider.id);
        let list = format!("{near}`hookproof check --list --provider {whose}` shows them all");
        Err(self.at(&named, &format!("no case is called `{name}`")).hinting(list))
    }

    fn expect(&self, expect: text::Expect) -> Result<Expectation, Complaint> {
        let mut headers = Vec::new();
        for (name, value) in &expect.header {
            if !is_header_name(name.get_ref()) {
                return Err(self.at(name, &format!("`{}` is no header name", name.get_ref())));
            }
            headers.push((name.get_ref().clone(), self.told(value)?));
        }
        let mut body = Vec::new();
        for (path, value) in &expect.body {
            let found = values::expected(self.path(path)?, value.get_ref());
            body.extend(found.map_err(|wrong| self.wrong(value, &wrong))?);
        }
        let text = expect.text.as_ref().map(|text| self.told(text)).transpose()?;
        Ok(Expectation { status: expect.status, headers, body, text, within: expect.within })
    }

    fn told(&self, value: &Spanned<Value>) -> Result<Text, Complaint> {
        let pattern = values::pattern(value.get_ref()).map_err(|wrong| self.wrong(value, &wrong))?;
        match (pattern, value.get_ref()) {
            (Some(regex), _) => Ok(Text::Matches(regex)),
            (None, Value::String(text)) => Ok(Text::Exactly(text.clone())),
            (None, Value::Integer(number)) => Ok(Text::Exactly(number.to_string())),
            _ => Err(self.at(value, "expected a text, or { matches = \"REGEX\" }")),
        }
    }
}
