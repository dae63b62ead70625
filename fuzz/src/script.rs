//! Scripts of `export` and `render`: a shell gets exactly the given words, and nothing else is a command.
//! Fields: method, target, header lines, comment, body.

use hookproof::message::{Delivery, Header};
use hookproof::replay;
use hookproof::shell::Variable;
use hookproof::wire::{self, Shipment, Token};
use hookproof::words;

use super::input::{fields, headers, text};
use super::shell::{self, Command};

/// The variable that a token is taken from.
const VARIABLE: &str = "FUZZ_SECRET";

pub(crate) fn run(data: &[u8]) {
    let [method, target, lines, about, body] = fields(data);
    let delivery =
        Delivery { method: text(method), target: text(target), headers: headers(lines), body: body.to_vec() };
    if replay::check(&delivery).and_then(|()| replay::check_target(&delivery)).is_err() {
        return;
    }
    let about = text(about);
    let first = delivery.headers.0.first().map(|header| header.name.clone());
    let variable = Variable::parse(VARIABLE).expect("a name");
    let token = first.as_deref().filter(|_| !about.is_empty()).map(|name| (name, &variable));
    check_export(&delivery, &about, token);
    // `render` writes the address as it stands, and only a URL gets there.
    if !delivery.target.starts_with('-') {
        check_render(&delivery, token);
    }
}

fn check_export(delivery: &Delivery, about: &str, token: Option<Token<'_>>) {
    let head = wire::script_head(Some(&delivery.target));
    let default = head.lines().find(|line| line.starts_with("default=")).expect("the default address");
    assert_eq!(shell::commands(default), Ok(vec![vec![format!("default={}", delivery.target).into_bytes()]]));
    let about = [about.to_string()];
    let script = wire::script_part(&Shipment { delivery, about: &about, token });
    let commands = read(&script);
    let given = Given::of(&commands, &script);
    assert_eq!((given.method, given.address, given.other), (delivery.method.as_bytes(), &b"<url>"[..], 0));
    assert_eq!(given.body, delivery.body);
    let expected = |header: &Header| header_word(header, &header.value, token);
    given.has_headers(&delivery.headers.0.iter().map(expected).collect::<Vec<_>>());
}

fn check_render(delivery: &Delivery, token: Option<Token<'_>>) {
    let script = wire::curl(delivery, token);
    let commands = read(&script);
    if commands.len() == 1 && token.is_none() && !script.contains("$(printf ") {
        // shlex makes an empty word of each line that goes on.
        let words = shlex::split(&script).unwrap_or_default().into_iter().map(String::into_bytes);
        let is_kept = |word: &&Vec<u8>| !word.is_empty();
        let words: Vec<_> = words.filter(|word| is_kept(&word)).collect();
        let own: Vec<_> = commands[0].iter().filter(is_kept).cloned().collect();
        assert_eq!(words, own, "shlex reads {script} otherwise");
    }
    let given = Given::of(&commands, &script);
    assert_eq!((given.method, given.address), (delivery.method.as_bytes(), delivery.target.as_bytes()));
    assert_eq!((&given.body, given.other), (&delivery.body, 0));
    let expected = |header: &Header| header_word(header, &header.value, token);
    given.has_headers(&delivery.headers.0.iter().map(expected).collect::<Vec<_>>());
}

/// The commands of a script, which no terminal and no CI log obeys.
fn read(script: &str) -> Vec<Command> {
    assert!(script.chars().all(|c| c == '\n' || !c.is_control()), "{script:?}");
    assert!(!words::has_command(script) && !script.contains("##"), "{script}");
    shell::commands(script).unwrap_or_else(|error| panic!("{error} in {script}"))
}

fn header_word(header: &Header, value: &[u8], token: Option<Token<'_>>) -> Vec<u8> {
    let name = header.name.as_bytes();
    match token.filter(|(name, _)| header.name.eq_ignore_ascii_case(name)) {
        Some((_, variable)) => [name, b": <", variable.as_str().as_bytes(), b">"].concat(),
        None if header.value.is_empty() => [name, b";"].concat(),
        None => [name, b": ", value].concat(),
    }
}

/// What curl is given by a script.
#[derive(Default)]
struct Given<'a> {
    method: &'a [u8],
    address: &'a [u8],
    headers: Vec<&'a [u8]>,
    body: Vec<u8>,
    /// Words that are neither an option nor its value.
    other: usize,
}

impl<'a> Given<'a> {
    fn of(commands: &'a [Command], script: &str) -> Self {
        let (curl, before) = commands.split_last().expect("a command");
        assert!(before.len() <= 1, "more than one pipe in {script}");
        assert_eq!(curl[0], b"curl", "{script}");
        let mut given = Self::default();
        let mut words = curl[1..].iter().map(Vec::as_slice);
        while let Some(word) = words.next() {
            match word {
                b"-X" => given.method = words.next().expect("a method"),
                b"--url" => given.address = words.next().expect("an address"),
                b"-H" => given.headers.push(words.next().expect("a header")),
                b"--data-raw" => given.body = words.next().expect("a body").to_vec(),
                b"--data-binary" => given.body = piped(words.next().expect("a body"), before.first()),
                option if option.starts_with(b"-") => {}
                address if given.address.is_empty() => given.address = address,
                _ => given.other += 1,
            }
        }
        given
    }

    /// All of these in order; further ones only take out what curl would add.
    fn has_headers(&self, expected: &[Vec<u8>]) {
        let (given, added) = self.headers.split_at(expected.len());
        assert_eq!(given, expected);
        assert!(added.iter().all(|word| word.ends_with(b":")), "{added:?}");
    }
}

/// The body that `--data-binary` names: the text itself, or what comes through the pipe.
fn piped(value: &[u8], before: Option<&Command>) -> Vec<u8> {
    match (value, before.map(Vec::as_slice)) {
        (b"@-", Some([printf, format, text])) if printf == b"printf" && format == b"%s" => text.clone(),
        (b"@-", Some([printf, format])) if printf == b"printf" => shell::printed(format).expect("a format"),
        (b"@-", other) => panic!("{other:?} is no source of a body"),
        (text, _) => text.to_vec(),
    }
}
