//! `init`: a `hookproof.toml` for a project, from flags or answers.

mod finding;
mod writing;

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use clap::Args;
use reqwest::Url;

use super::asking;
use super::context::Context;
use super::files::{self, Access, Existing};
use super::picking;
use super::project::Project;
use super::trust;
use crate::catalog::{Catalog, Provider};
use crate::config::{self, Config, FILE};
use crate::error::Error;
use crate::exit::Exit;
use crate::{shell, target, words};
use finding::{Found, Names};
use writing::Answers;

/// An address that many receivers have while they are written.
const USUAL: &str = "http://localhost:3000/webhooks";
/// A variable that many receivers read.
const ANY_SECRET: &str = "WEBHOOK_SECRET";

/// The arguments of `init`.
#[derive(Clone, Debug, Args)]
pub struct InitArgs {
    /// The receiver's address: a URL, 3000/hook, localhost:3000/hook
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Whose deliveries it takes
    #[arg(short, long, value_name = "PROVIDER")]
    provider: Option<String>,
    /// What the target is called: otherwise local, or remote for another machine
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// The variable that holds the signing secret; only its name is written down
    #[arg(long, value_name = "NAME")]
    secret_env: Option<String>,
    /// The file of NAME=VALUE lines that the variable stands in; otherwise .env.local, .env and the like are looked into
    #[arg(long, value_name = "FILE")]
    env_file: Option<PathBuf>,
    /// Writes over a hookproof.toml that is there
    #[arg(long)]
    force: bool,
}

/// Runs `init`.
pub fn run(args: &InitArgs, context: &Context) -> Result<Exit, Error> {
    let path = Path::new(FILE);
    if !args.force && path.symlink_metadata().is_ok() {
        return Err(is_there());
    }
    if path.exists() && !path.is_file() {
        return Err(Error::usage(format!("{FILE} is there and is no file"), "move it away"));
    }
    args.check()?;
    let above =
        Project::here(None, &|_| ()).ok().flatten().map(|project| project.shown()).filter(|shown| shown != FILE);
    context.leave_project_out();
    let catalog = context.catalog_untold()?;
    let asking = Asking { args, context, catalog: &catalog, names: finding::names(args.env_file.as_deref())? };
    let answers = asking.all()?;
    let text = answers.text();
    // What is written has to be read again, whatever was answered.
    Config::parse(&text, FILE)?;
    write(path, &text, args.force)?;
    trust(context);
    asking.tell(&answers);
    if let Some(above) = above {
        context.console.note(&format!("{above} is there too; from this folder on the new one counts"));
    }
    Ok(Exit::Success)
}

/// Trusts what the user has just had written. Without a place to remember that, the user is asked once more.
fn trust(context: &Context) {
    let trusted = Project::named(Path::new(FILE)).and_then(|project| trust::remember(&project));
    if let Err(error) = trusted {
        context.console.note(&format!("{FILE} is not trusted yet, `hookproof config trust` does that: {error}"));
    }
}

fn is_there() -> Error {
    Error::usage(
        format!("{FILE} is there already, and is not written over"),
        "`hookproof config` shows what it says; --force writes it anew",
    )
}

/// Writes the file; a new one only where there is none, even if one comes up meanwhile.
fn write(path: &Path, text: &str, is_forced: bool) -> Result<(), Error> {
    let fail = |cause: std::io::Error| match cause.kind() {
        ErrorKind::AlreadyExists => is_there(),
        _ => Error::Write { path: path.to_path_buf(), cause },
    };
    let existing = if is_forced { Existing::Replace } else { Existing::Refuse };
    files::write(path, text.as_bytes(), existing, Access::Usual).map_err(fail)
}

impl InitArgs {
    /// Looks at what the flags say, before anything is asked.
    fn check(&self) -> Result<(), Error> {
        self.address()?;
        self.target_name()?;
        self.variable()?;
        if self.env_file.as_deref() == Some(Path::new("-")) {
            return Err(Error::usage("--env-file takes a file, and - is none", "as in --env-file .env"));
        }
        Ok(())
    }

    fn address(&self) -> Result<Option<Url>, Error> {
        let url = self.url.as_deref().map(address).transpose();
        url.map_err(|what| Error::usage(what, "as in --url 3000/webhooks"))
    }

    fn target_name(&self) -> Result<Option<&str>, Error> {
        let name = self.name.as_deref();
        name.map_or(Ok(()), config::check_name).map_err(|what| Error::usage(what, "as in --name local"))?;
        Ok(name)
    }

    fn variable(&self) -> Result<Option<&str>, Error> {
        match self.secret_env.as_deref() {
            // What stands there may be the secret itself, so it is not repeated.
            Some(name) if !words::is_variable(name) => Err(Error::usage(
                "--secret-env takes the name of a variable, and what is given is none",
                format!("as in --secret-env {ANY_SECRET}"),
            )),
            name => Ok(name),
        }
    }
}

/// What is asked for, each where no flag says it.
struct Asking<'a> {
    args: &'a InitArgs,
    context: &'a Context,
    catalog: &'a Catalog,
    names: Vec<Names>,
}

impl Asking<'_> {
    fn all(&self) -> Result<Answers, Error> {
        let provider = self.provider()?;
        let url = self.url()?;
        let name = self.name(&url)?;
        let (secret_env, env_file) = self.secret(provider)?;
        Ok(Answers { name, url, provider: provider.map(|provider| provider.id.clone()), secret_env, env_file })
    }

    fn can_ask(&self) -> bool {
        self.context.console.can_ask
    }

    /// Whose deliveries; where nobody can be asked, the one that a variable's name speaks of, or none.
    fn provider(&self) -> Result<Option<&Provider>, Error> {
        if let Some(id) = &self.args.provider {
            return self.catalog.named(id).map(Some).map_err(Error::from);
        }
        let found = finding::likely(&self.names, self.catalog, None);
        let guessed = finding::surest(&found).and_then(|found| found.provider.as_deref());
        if !self.can_ask() {
            return Ok(guessed.and_then(|id| self.catalog.provider(id)));
        }
        let mut providers: Vec<&Provider> = self.catalog.providers.iter().collect();
        // The one that was found goes first, then those whose events are known.
        providers.sort_by_key(|provider| (Some(provider.id.as_str()) != guessed, !provider.has_events()));
        let said = |p: &&Provider| (p.id.clone(), format!("{}: {}", p.description.name, p.description.summary));
        let mut choices: Vec<_> = providers.iter().map(said).collect();
        choices.push(("none of these".to_string(), "another sender, as your own".to_string()));
        let picked = asking::pick(self.context, "Whose webhooks", &choices)?;
        self.context.console.say(&format!("Whose webhooks: {}", choices[picked].0));
        Ok(providers.get(picked).copied())
    }

    fn url(&self) -> Result<Url, Error> {
        if let Some(url) = self.args.address()? {
            return Ok(url);
        }
        if !self.can_ask() {
            return Err(Error::usage(
                "the receiver's address is not given",
                "--url says it, as in --url 3000/webhooks",
            ));
        }
        let check = |typed: &str| address(typed).map(drop);
        let typed = asking::line(self.context, "Address of your receiver", Some(USUAL), check)?;
        address(&typed).map_err(|what| Error::usage(what, "as in --url 3000/webhooks"))
    }

    fn name(&self, url: &Url) -> Result<String, Error> {
        let usual = if target::is_loopback(url) { "local" } else { "remote" };
        match self.args.target_name()? {
            Some(name) => Ok(name.to_string()),
            None if self.can_ask() => asking::line(self.context, "Name of it", Some(usual), config::check_name),
            None => Ok(usual.to_string()),
        }
    }

    /// The variable that holds the secret, and the file that it stands in.
    fn secret(&self, provider: Option<&Provider>) -> Result<(Option<String>, Option<PathBuf>), Error> {
        if let Some(name) = self.args.variable()? {
            return Ok((Some(name.to_string()), self.file_of(name)));
        }
        if provider.is_some_and(|provider| provider.scheme().is_none()) {
            return Ok((None, None));
        }
        let found = finding::likely(&self.names, self.catalog, provider);
        let documented =
            provider.and_then(|provider| provider.description.secret.as_ref()).map(|secret| secret.env.as_str());
        if self.can_ask() {
            return self.ask_for_secret(&found, documented.unwrap_or(ANY_SECRET));
        }
        match finding::surest(&found) {
            Some(found) => Ok((Some(found.name.clone()), Some(found.file.clone()))),
            None => Ok((documented.map(str::to_string), self.args.env_file.clone())),
        }
    }

    fn ask_for_secret(&self, found: &[Found], usual: &str) -> Result<(Option<String>, Option<PathBuf>), Error> {
        let prompt = "Variable with the signing secret";
        let name = |context, default| asking::line(context, prompt, Some(default), is_variable);
        let picked = if found.is_empty() {
            name(self.context, usual)?
        } else {
            let in_file = |found: &Found| (found.name.clone(), format!("in {}", found.file.display()));
            let mut choices: Vec<_> = found.iter().map(in_file).collect();
            choices.push(("another one".to_string(), "to be typed".to_string()));
            match found.get(asking::pick(self.context, prompt, &choices)?) {
                Some(found) => {
                    self.context.console.say(&format!("{prompt}: {}", found.name));
                    found.name.clone()
                }
                None => name(self.context, usual)?,
            }
        };
        let file = self.file_of(&picked);
        Ok((Some(picked), file))
    }

    /// The file that a variable stands in, else the one that is given.
    fn file_of(&self, name: &str) -> Option<PathBuf> {
        self.found_in(name).cloned().or_else(|| self.args.env_file.clone())
    }

    fn found_in(&self, name: &str) -> Option<&PathBuf> {
        let holds = |names: &&Names| names.names.iter().any(|known| known == name);
        self.names.iter().find(holds).map(|names| &names.file)
    }

    /// What was written, and what to type next.
    fn tell(&self, answers: &Answers) {
        let console = &self.context.console;
        console.say(&format!("{FILE} is written"));
        if let Some(name) = &answers.secret_env {
            match self.found_in(name) {
                Some(file) => console.say(&format!("the secret stays where it is: {name} in {}", file.display())),
                None if self.context.variable(name).is_some() => {
                    console.say(&format!("the secret stays where it is: the variable {name}"));
                }
                None => console.note(&format!("the variable {name} is not set yet; it has to hold the signing secret")),
            }
        }
        console.say_lines(next(answers, self.catalog));
    }
}

fn is_variable(typed: &str) -> Result<(), String> {
    if words::is_variable(typed) {
        Ok(())
    } else {
        Err("that is no name of a variable; the secret itself is not wanted here".to_string())
    }
}

/// An address that may be written down.
fn address(typed: &str) -> Result<Url, String> {
    let url = target::parse(typed).map_err(|error| error.to_string())?;
    // A name alone may be a token.
    if target::login(&url).is_some() {
        return Err("an address with a name or a password before its host is not written down".to_string());
    }
    Ok(url)
}

/// What to type next.
fn next(answers: &Answers, catalog: &Catalog) -> [String; 4] {
    let provider = answers.provider.as_deref().and_then(|id| catalog.provider(id));
    let event = provider.and_then(|provider| provider.events().next());
    let event = event.map_or("EVENT".to_string(), |event| shell::argument(&picking::word(&event)));
    let (to, target) = if target::is_loopback(&answers.url) {
        (String::new(), String::new())
    } else {
        (format!(" --to {}", answers.name), format!(" {}", answers.name))
    };
    let whose = if provider.is_some() { "" } else { " --provider PROVIDER" };
    [
        "next:".to_string(),
        format!("  hookproof send {event}{to}"),
        format!("  hookproof check{target}{whose}"),
        "  hookproof config".to_string(),
    ]
}
