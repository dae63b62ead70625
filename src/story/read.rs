//! From a story's text to its steps: every name is looked up and every path read, and what is wrong is shown where it
//! stands.

use indexmap::IndexMap;
use regex_lite::Regex;
use toml::{Spanned, Value};

use super::expect::{At, Expectation, Text};
use super::text::{self, Id};
use super::{Step, Story};
use crate::catalog::{Catalog, Event, Identity, Variants};
use crate::complaint::Complaint;
use crate::conformance::{self, CASES};
use crate::json::{self, Create, quote};
use crate::message::is_header_name;
use crate::path::Path;
use crate::render::{Edit, Overrides};
use crate::words;

/// The key under which a text is told by a pattern.
const MATCHES: &str = "matches";
/// The key under which a value is told as JSON, so that it may be null, or a whole object.
const JSON: &str = "json";

/// Reads a story. `name` is what it is called, `file` where it stands; events without a provider's name are looked for
/// at `provider`, or at the one that the file names.
pub fn read<'c>(
    text: &str,
    file: &str,
    name: &str,
    catalog: &'c Catalog,
    provider: Option<&str>,
) -> Result<Story<'c>, Complaint> {
    let written: text::File = toml::from_str(text).map_err(|error| Complaint::of_toml(text, file, &error))?;
    let reader = Reader { text, file, catalog };
    let mut provider = provider.map(str::to_string);
    if let Some(named) = &written.provider {
        catalog.named(named.get_ref()).map_err(|error| reader.at(named, &error.to_string()).hinting(error.hint()))?;
        provider = Some(named.get_ref().clone());
    }
    if written.step.is_empty() {
        let complaint = Complaint::at(text, file, 0..0, "a story has no steps");
        return Err(complaint.hinting("a step is [[step]], and under it event = \"PROVIDER/EVENT\""));
    }
    let steps = written.step.into_iter().map(|step| reader.step(step, provider.as_deref()));
    Ok(Story { name: name.to_string(), summary: written.summary, steps: steps.collect::<Result<_, _>>()? })
}

/// What every part of the file is read with.
struct Reader<'a, 'c> {
    text: &'a str,
    file: &'a str,
    catalog: &'c Catalog,
}

impl<'c> Reader<'_, 'c> {
    fn at<T>(&self, place: &Spanned<T>, what: &str) -> Complaint {
        Complaint::at(self.text, self.file, place.span(), what)
    }

    fn step(&self, step: text::Step, provider: Option<&str>) -> Result<Step<'c>, Complaint> {
        let event = self.event(&step.event, step.variant.as_ref(), provider)?;
        for name in step.new.iter().chain(step.id.keys()) {
            self.identity(&event, name)?;
        }
        let id = |value: &Id| match value {
            Id::Text(text) => text.clone(),
            Id::Number(number) => number.to_string(),
        };
        let changes = Overrides {
            ids: step.id.iter().map(|(name, value)| (name.get_ref().clone(), id(value))).collect(),
            data: self.given(step.data)?,
            before: self.given(step.before)?,
            after: self.given(step.after)?,
            edits: self.edits(&step.set, &step.set_string, &step.unset)?,
            create: if step.create { Create::Yes } else { Create::No },
            ..Overrides::default()
        };
        Ok(Step {
            name: step.name,
            delay: step.delay,
            new: step.new.into_iter().map(Spanned::into_inner).collect(),
            changes,
            fault: step.fault.map(|fault| self.fault(&event, fault)).transpose()?,
            expect: step.expect.map(|expect| self.expect(expect)).transpose()?,
            event,
        })
    }

    fn event(
        &self,
        named: &Spanned<String>,
        variant: Option<&Spanned<String>>,
        provider: Option<&str>,
    ) -> Result<Event<'c>, Complaint> {
        let typed = match provider {
            Some(provider) if !named.get_ref().contains('/') && self.catalog.provider(named.get_ref()).is_none() => {
                format!("{provider}/{}", named.get_ref())
            }
            _ => named.get_ref().clone(),
        };
        let found = self.catalog.select(&typed, Variants::Without);
        let found = found.map_err(|error| self.at(named, &error.to_string()).hinting(error.hint()))?;
        let [event] = found.as_slice() else {
            let what = format!("`{typed}` means {} events, and a step is one", found.len());
            return Err(self.at(named, &what).hinting("a step for each of them"));
        };
        let Some(variant) = variant else { return Ok(event.clone()) };
        let form = self.catalog.one(&format!("{}/{}", event.provider.id, event.name), Some(variant.get_ref()));
        form.map_err(|error| self.at(variant, &error.to_string()).hinting(error.hint()))
    }

    fn identity(&self, event: &Event<'_>, name: &Spanned<String>) -> Result<(), Complaint> {
        let known: &IndexMap<String, Identity> = &event.provider.description.identity;
        if known.contains_key(name.get_ref()) {
            return Ok(());
        }
        let all = words::list(&known.keys().cloned().collect::<Vec<_>>(), "and");
        let all = if all.is_empty() { "none".to_string() } else { all };
        let what = format!("{} has no identity `{}`; it has {all}", event.provider.id, name.get_ref());
        Err(self.at(name, &what))
    }

    /// A record: a table, or the same as JSON text.
    fn given(&self, value: Option<Spanned<Value>>) -> Result<Option<String>, Complaint> {
        let Some(value) = value else { return Ok(None) };
        match value.get_ref() {
            Value::String(text) => {
                let read = json::compact(text).map_err(|error| self.at(&value, &format!("this text is {error}")))?;
                Ok(Some(read))
            }
            other => json_of(other).map(Some).map_err(|what| self.at(&value, what)),
        }
    }

    /// The changes of single places: values, then texts, then what goes.
    fn edits(
        &self,
        set: &IndexMap<Spanned<String>, Value>,
        set_string: &IndexMap<Spanned<String>, String>,
        unset: &[Spanned<String>],
    ) -> Result<Vec<Edit>, Complaint> {
        let mut edits = Vec::new();
        for (path, value) in set {
            let found = leaves(self.path(path)?, value).map_err(|what| self.at(path, &what))?;
            edits.extend(found.into_iter().map(|(path, value)| Edit::Set(path, value)));
        }
        for (path, text) in set_string {
            edits.push(Edit::Set(self.path(path)?, quote(text)));
        }
        for path in unset {
            edits.push(Edit::Unset(self.path(path)?));
        }
        Ok(edits)
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
        let list = format!("{near}`hookproof check --list --provider {}` shows them all", event.provider.id);
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
            let found = expected(self.path(path)?, value.get_ref()).map_err(|what| self.at(value, &what))?;
            body.extend(found);
        }
        let text = expect.text.as_ref().map(|text| self.told(text)).transpose()?;
        Ok(Expectation { status: expect.status, headers, body, text, within: expect.within })
    }

    fn told(&self, value: &Spanned<Value>) -> Result<Text, Complaint> {
        let pattern = pattern(value.get_ref()).map_err(|what| self.at(value, &what))?;
        match (pattern, value.get_ref()) {
            (Some(regex), _) => Ok(Text::Matches(regex)),
            (None, Value::String(text)) => Ok(Text::Exactly(text.clone())),
            (None, Value::Integer(number)) => Ok(Text::Exactly(number.to_string())),
            _ => Err(self.at(value, "expected a text, or { matches = \"REGEX\" }")),
        }
    }
}

/// The regular expression of `{ matches = "..." }`; nothing where it is another value.
fn pattern(value: &Value) -> Result<Option<Regex>, String> {
    let Some(pattern) = alone(value, MATCHES) else { return Ok(None) };
    let pattern = pattern.as_str().ok_or("a pattern is a text")?;
    Regex::new(pattern).map(Some).map_err(|error| format!("`{pattern}` is no pattern: {error}"))
}

/// The value of a table that has this key and no other.
fn alone<'v>(value: &'v Value, key: &str) -> Option<&'v Value> {
    value.as_table().filter(|table| table.len() == 1)?.get(key)
}

/// What is expected at which places: a table leads deeper here as it does where values are set.
fn expected(path: Path, value: &Value) -> Result<Vec<(Path, At)>, String> {
    if let Some(regex) = pattern(value)? {
        return Ok(vec![(path, At::Matches(regex))]);
    }
    if let Some(text) = alone(value, JSON) {
        let text = text.as_str().ok_or("JSON is written as a text here")?;
        let read = json::compact(text).map_err(|error| format!("this text is {error}"))?;
        return Ok(vec![(path, At::Value(read))]);
    }
    let Some(table) = value.as_table().filter(|table| !table.is_empty()) else {
        return Ok(vec![(path, At::Value(json_of(value)?))]);
    };
    let mut all = Vec::new();
    for (key, value) in table {
        all.extend(expected(inner(&path, key)?, value)?);
    }
    Ok(all)
}

/// A path that goes on by what a key says.
fn inner(path: &Path, key: &str) -> Result<Path, String> {
    let inner = Path::parse(key).map_err(|error| error.to_string())?;
    Ok(Path(path.0.iter().cloned().chain(inner.0).collect()))
}

/// The places that a value of `set` means: a table leads deeper, so that `data.lead.status = "won"` needs no quotes.
fn leaves(path: Path, value: &Value) -> Result<Vec<(Path, String)>, String> {
    match value {
        Value::Table(table) if !table.is_empty() => {
            let mut all = Vec::new();
            for (key, value) in table {
                all.extend(leaves(inner(&path, key)?, value)?);
            }
            Ok(all)
        }
        // As with --set: JSON where it is JSON, else a text.
        Value::String(text) => Ok(vec![(path, json::compact(text).unwrap_or_else(|_| quote(text)))]),
        other => Ok(vec![(path, json_of(other).map_err(str::to_string)?)]),
    }
}

/// A value of TOML as JSON text; a time becomes a text.
fn json_of(value: &Value) -> Result<String, &'static str> {
    let joined = |items: Result<Vec<String>, _>| items.map(|items| items.join(","));
    Ok(match value {
        Value::String(text) => quote(text),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) if number.is_finite() => format!("{number:?}"),
        Value::Float(_) => return Err("JSON has no such number"),
        Value::Boolean(boolean) => boolean.to_string(),
        Value::Datetime(time) => quote(&time.to_string()),
        Value::Array(items) => format!("[{}]", joined(items.iter().map(json_of).collect())?),
        Value::Table(table) => {
            let member =
                |(key, value): (&String, &Value)| json_of(value).map(|value| format!("{}:{value}", quote(key)));
            format!("{{{}}}", joined(table.iter().map(member).collect())?)
        }
    })
}
