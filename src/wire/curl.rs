//! A delivery as a command for a POSIX shell.

use crate::message::{Delivery, Header};
use crate::shell::{self, Variable};

/// A longer body goes through a pipe: one argument holds 128 KiB at most on Linux.
const LONGEST_ARGUMENT: usize = 100_000;

/// A header whose value is a secret, and the variable that the shell takes it from.
pub type Token<'a> = (&'a str, &'a Variable);

/// Writes the command that sends the delivery.
pub fn curl(delivery: &Delivery, token: Option<Token<'_>>) -> String {
    let (method, target) = (shell::word(delivery.method.as_bytes()), shell::word(delivery.target.as_bytes()));
    let mut lines = vec![format!("curl -sS --globoff -X {method} {target}")];
    lines.extend(delivery.headers.0.iter().map(|header| header_of(header, token)));
    // Without this curl asks first, and waits a second, before it sends a long body.
    if delivery.headers.get("expect").is_none() {
        lines.push("-H 'Expect:'".to_string());
    }
    let text = shell::printable(&delivery.body).filter(|text| text.len() <= LONGEST_ARGUMENT);
    if let Some(text) = text {
        lines.push(format!("--data-raw {}", shell::word(text.as_bytes())));
        return lines.join(" \\\n  ");
    }
    lines.push("--data-binary @-".to_string());
    format!("{} |\n{}", shell::printf(&delivery.body), lines.join(" \\\n  "))
}

/// Writes the option for a header. Without a value, curl takes `Name:` for a header to leave out.
pub(super) fn header_of(header: &Header, token: Option<Token<'_>>) -> String {
    let name = header.name.as_bytes();
    match token.filter(|(of, _)| of.eq_ignore_ascii_case(&header.name)) {
        Some((_, variable)) => format!("-H {}\"${{{variable}:?}}\"", shell::word(&[name, b": "].concat())),
        None if header.value.is_empty() => format!("-H {}", shell::word(&[name, b";"].concat())),
        None => format!("-H {}", shell::word(&[name, b": ", &header.value].concat())),
    }
}

#[cfg(test)]
mod tests {
    use super::curl;
    use crate::message::{Delivery, Headers};
    use crate::testing::bare;

    /// What the shell makes of the command, with `curl` as a function of our own.
    fn run(function: &str, delivery: &Delivery) -> Vec<u8> {
        let script = format!("curl() {{ {function}; }}\n{}", curl(delivery, None));
        bare("sh", &std::env::temp_dir()).args(["-c", &script]).output().unwrap().stdout
    }

    #[test]
    fn bodies_of_every_kind_reach_curl_unharmed() {
        for body in [&b"it's $HOME `x` \"q\" \\n\n"[..], b"@file", b"", "é 🎉".as_bytes()] {
            let mut headers = Headers::default();
            headers.push("X-A", "it's");
            let delivery =
                Delivery { method: "POST".into(), target: "http://h/?a='b".into(), headers, body: body.to_vec() };
            let seen = run("printf '[%s]' \"$@\"", &delivery);
            let text = String::from_utf8(body.to_vec()).unwrap();
            let expected =
                format!("[-sS][--globoff][-X][POST][http://h/?a='b][-H][X-A: it's][-H][Expect:][--data-raw][{text}]");
            assert_eq!(String::from_utf8(seen).unwrap(), expected);
        }
    }

    #[test]
    fn bytes_that_no_argument_holds_go_through_a_pipe() {
        let headers = Headers::default();
        let delivery =
            Delivery { method: "POST".into(), target: "http://h/".into(), headers, body: vec![0, 255, 37, 92] };
        assert_eq!(run("cat", &delivery), delivery.body);
    }
}
