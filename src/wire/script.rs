//! Deliveries as a script for a POSIX shell, which sends the same bytes with curl.
//!
//! Whatever the deliveries hold, the script is printable text and nothing of theirs is a command.

use super::curl::{Token, header_of};
use crate::message::Delivery;
use crate::shell;

/// Headers that curl would add of its own.
const CURLS: [&str; 4] = ["User-Agent", "Accept", "Content-Type", "Expect"];

/// A delivery of a script.
#[derive(Clone, Copy, Debug)]
pub struct Shipment<'a> {
    /// What is sent. Its target counts for nothing: the script's own address does.
    pub delivery: &'a Delivery,
    /// What is said of it, a line of comment each.
    pub about: &'a [String],
    /// A header whose value is a secret.
    pub token: Option<Token<'a>>,
}

/// What a script begins with. Its first argument is the address; `to` is the one without it.
pub fn script_head(to: Option<&str>) -> String {
    let mut out = "#!/bin/sh\n# sh FILE URL sends all of it to that address.\nset -eu\n".to_string();
    out.push_str(&match to {
        Some(to) => format!("default={}\nurl=${{1:-$default}}\n", shell::word(to.as_bytes())),
        None => "url=${1:?the address is missing: sh FILE URL}\n".to_string(),
    });
    out
}

/// A delivery of the script, with what is said of it.
pub fn script_part(shipment: &Shipment<'_>) -> String {
    let mut out = "\n".to_string();
    for line in shipment.about {
        out.push_str(&format!("{}\n", shell::comment(line)));
    }
    out.push_str(&command(shipment));
    out.push('\n');
    out
}

fn command(shipment: &Shipment<'_>) -> String {
    let Shipment { delivery, token, .. } = shipment;
    let method = shell::word(delivery.method.as_bytes());
    let mut lines = vec![format!("curl -q -sS --http1.1 --globoff --path-as-is -X {method} --url \"$url\"")];
    lines.extend(delivery.headers.0.iter().map(|header| header_of(header, *token)));
    let absent = CURLS.iter().filter(|name| delivery.headers.get(name).is_none());
    lines.extend(absent.map(|name| format!("-H '{name}:'")));
    if delivery.body.is_empty() {
        lines.push("--data-binary ''".to_string());
        return lines.join(" \\\n  ");
    }
    lines.push("--data-binary @-".to_string());
    format!("{} |\n{}", shell::printf(&delivery.body), lines.join(" \\\n  "))
}

#[cfg(test)]
mod tests {
    use super::{Shipment, Token, script_head, script_part};
    use crate::message::{Delivery, Headers};
    use crate::shell::Variable;
    use crate::testing::bare;

    /// What the shell makes of the script, with `curl` as a function of our own.
    fn run(function: &str, delivery: &Delivery, about: &str, token: Option<Token<'_>>) -> Vec<u8> {
        let about = [about.to_string()];
        let text = script_head(None) + &script_part(&Shipment { delivery, about: &about, token });
        assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text}");
        let script = format!("curl() {{ {function}; }}\n{text}");
        let output = bare("sh", &std::env::temp_dir())
            .args(["-c", &script, "sh", "http://h/"])
            .env("TOKEN", "it's")
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    fn delivery(name: &str, value: &[u8], body: &[u8]) -> Delivery {
        let mut headers = Headers::default();
        headers.push(name, value);
        Delivery { method: "POST".into(), target: "/".into(), headers, body: body.to_vec() }
    }

    #[test]
    fn any_body_goes_through_the_pipe_as_it_is() {
        let all: Vec<u8> = (0..=255).chain((0..=255).rev()).collect();
        let texts =
            ["it's $HOME `x` \"q\" \\n %s\n\n", "-n", "é 🎉 \u{2081}", "\u{1b}[31m", "\n::error::x", "##[x]", "%"];
        for body in texts.iter().map(|text| text.as_bytes()).chain([all.as_slice(), b"\r\n", b"\x001\x0077"]) {
            assert_eq!(run("cat", &delivery("X-A", b"1", body), "", None), body, "{body:?}");
        }
    }

    #[test]
    fn any_header_is_one_word() {
        let shown = "shift 10; printf '%s' \"$1\"";
        for value in [&b"it's $(id) `id` \\ \"x\" %s"[..], b"\xff\xfe\x80 \xe9", b"\t-", "\u{202e}é".as_bytes()] {
            let expected = [b"X-A: ", value].concat();
            assert_eq!(run(shown, &delivery("X-A", value, b""), "", None), expected, "{value:?}");
        }
        assert_eq!(run(shown, &delivery("X-A", b"", b""), "", None), b"X-A;");
        assert_eq!(
            run(shown, &delivery("X-T", b"[redacted]", b""), "", Some(("x-t", &Variable::parse("TOKEN").unwrap()))),
            b"X-T: it's"
        );
    }

    #[test]
    fn nothing_that_is_said_is_a_command() {
        assert_eq!(run(":", &delivery("X-A", b"1", b""), "a\ntouch /tmp/x\r\u{1b}[m ##[x]", None), b"");
    }
}
