//! A delivery as a command for a POSIX shell.

use crate::message::Delivery;

/// A longer body goes through a pipe: one argument holds 128 KiB at most on Linux.
const LONGEST_ARGUMENT: usize = 100_000;

/// The command that sends the delivery. `token` names a header whose value is a secret, and the
/// variable that the shell shall take it from.
pub fn curl(delivery: &Delivery, token: Option<(&str, &str)>) -> String {
    let mut lines = vec![format!("curl -sS --globoff -X {} {}", quote(&delivery.method), quote(&delivery.target))];
    for header in &delivery.headers.0 {
        let name = &header.name;
        lines.push(match token.filter(|(header, _)| header.eq_ignore_ascii_case(name)) {
            Some((_, variable)) => format!("-H {}\"${{{variable}:?}}\"", quote(&format!("{name}: "))),
            None if header.value.is_empty() => format!("-H {}", quote(&format!("{name};"))),
            None => format!("-H {}", quote(&format!("{name}: {}", String::from_utf8_lossy(&header.value)))),
        });
    }
    // Without this curl asks first, and waits a second, before it sends a long body.
    if delivery.headers.get("expect").is_none() {
        lines.push("-H 'Expect:'".to_string());
    }
    let text = std::str::from_utf8(&delivery.body).ok().filter(|text| !text.contains('\0'));
    let pipe = match text {
        Some(text) if text.len() <= LONGEST_ARGUMENT => {
            lines.push(format!("--data-raw {}", quote(text)));
            String::new()
        }
        Some(text) => format!("printf '%s' {} |\n", quote(text)),
        None => format!("printf '{}' |\n", octal(&delivery.body)),
    };
    if !pipe.is_empty() {
        lines.push("--data-binary @-".to_string());
    }
    pipe + &lines.join(" \\\n  ")
}

pub(super) fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

fn octal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("\\{byte:03o}"))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::curl;
    use crate::message::{Delivery, Headers};

    /// What the shell makes of the command, with `curl` as a function of our own.
    fn run(function: &str, delivery: &Delivery) -> Vec<u8> {
        let script = format!("curl() {{ {function}; }}\n{}", curl(delivery, None));
        Command::new("sh").args(["-c", &script]).output().unwrap().stdout
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
