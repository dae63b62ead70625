//! `--set`, `--set-string` and `--unset`, in the order in which they were typed.

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};

use crate::error::Error;
use crate::json::{self, quote};
use crate::path::Path;
use crate::render::Edit;

/// The changes of single places, as typed.
#[derive(Clone, Debug, Default)]
pub(super) struct EditArgs(Vec<(&'static str, String)>);

const FLAGS: [(&str, &str, &str); 3] = [
    ("set", "PATH=VALUE", "A value at a path: JSON where it is JSON, else a string"),
    ("set-string", "PATH=TEXT", "A string at a path, as it stands"),
    ("unset", "PATH", "Takes a path out"),
];

impl EditArgs {
    /// The changes, read.
    pub(super) fn read(&self) -> Result<Vec<Edit>, Error> {
        self.0.iter().map(|(flag, text)| read(flag, text)).collect()
    }
}

fn read(flag: &str, text: &str) -> Result<Edit, Error> {
    if flag == "unset" {
        return path(text).map(Edit::Unset);
    }
    let (place, value) = Path::split_assignment(text)
        .ok_or_else(|| Error::usage(format!("`{text}` has no `=`"), format!("write --{flag} path=value")))?;
    let value = match flag {
        "set" => json::compact(value).unwrap_or_else(|_| quote(value)),
        _ => quote(value),
    };
    Ok(Edit::Set(path(place)?, value))
}

fn path(text: &str) -> Result<Path, Error> {
    let path = Path::parse(text)
        .map_err(|error| Error::usage(error.to_string(), "a path is like data.items[0].id or [\"a.b\"]"))?;
    if path.0.is_empty() {
        return Err(Error::usage("the path is empty", "a path is like data.items[0].id; --data replaces more"));
    }
    Ok(path)
}

impl Args for EditArgs {
    fn augment_args(command: Command) -> Command {
        FLAGS.iter().fold(command, |command, (name, value, help)| {
            let argument = Arg::new(*name).long(*name).value_name(*value).help(*help);
            command.arg(argument.action(ArgAction::Append).allow_hyphen_values(true))
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for EditArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut typed = Vec::new();
        for (name, ..) in FLAGS {
            let places = matches.indices_of(name).into_iter().flatten();
            let texts = matches.get_many::<String>(name).into_iter().flatten();
            typed.extend(places.zip(texts).map(|(place, text)| (place, name, text.clone())));
        }
        typed.sort_by_key(|(place, ..)| *place);
        Ok(Self(typed.into_iter().map(|(_, name, text)| (name, text)).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
