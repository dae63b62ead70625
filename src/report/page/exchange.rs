//! A request and its answer on the page.

use super::html;
use crate::message::{Answer, Headers};
use crate::report::Exchange;
use crate::report::excerpt::{Excerpt, excerpt};
use crate::report::sent::status_line;
use crate::words;

/// Characters of a body that are shown.
const BODY: usize = 4 * 1024;
/// Characters of a header's value, and of an address.
const VALUE: usize = 500;
/// Header lines that are shown.
const HEADERS: usize = 40;

/// Both, side by side where there is room.
pub(super) fn exchange(exchange: &Exchange, number: usize, total: usize) -> String {
    let of = if total > 1 { format!(" {number} of {total}") } else { String::new() };
    let answer = match &exchange.answer {
        Some(answer) => self::answer(answer, &of),
        None => format!("<section><h4>Answer{of}</h4><p class=\"faint\">Nothing came back.</p></section>"),
    };
    format!("<div class=\"exchange\">{}{answer}</div>", request(exchange, &of))
}

fn request(exchange: &Exchange, of: &str) -> String {
    let request = &exchange.request;
    let first = format!("{} {}", html::short(&request.method, 40), html::short(&request.target, VALUE));
    let excerpt = excerpt(&request.body, exchange.length, BODY);
    let size = words::size(exchange.length);
    let left_out = excerpt.rest.as_ref().map(|rest| format!("{rest} of {size} left out"));
    section(&format!("Request{of}"), &first, &request.headers, &excerpt, left_out)
}

fn answer(answer: &Answer, of: &str) -> String {
    let status = status_line(answer.status);
    let first = format!("{} <small>after {}</small>", html::line(&status), words::elapsed(answer.elapsed));
    let excerpt = excerpt(&answer.body, answer.body.len(), BODY);
    let size = words::size(answer.body.len());
    let left_out = excerpt.rest.as_ref().map(|rest| format!("{rest} of the {size} that were read left out"));
    section(&format!("Answer{of}"), &first, &answer.headers, &excerpt, left_out)
}

fn section(name: &str, first: &str, headers: &Headers, excerpt: &Excerpt, left_out: Option<String>) -> String {
    let body = match excerpt.text.as_str() {
        "" => "<p class=\"faint\">No body.</p>".to_string(),
        text => format!(
            "<pre tabindex=\"0\" role=\"group\" aria-label=\"{name}, body\">{}</pre>",
            // A line feed at its very beginning would be dropped.
            format_args!("\n{}", html::block(text))
        ),
    };
    let left_out = left_out.map(|what| format!("<p class=\"faint\">… {what}</p>")).unwrap_or_default();
    format!(
        "<section><h4>{name}</h4><p class=\"first\"><code>{first}</code></p>{}{body}{left_out}</section>",
        head(headers)
    )
}

fn head(headers: &Headers) -> String {
    if headers.0.is_empty() {
        return String::new();
    }
    let mut rows = String::new();
    for header in headers.0.iter().take(HEADERS) {
        let value = String::from_utf8_lossy(&header.value);
        rows.push_str(&format!(
            "<div><dt>{}</dt><dd>{}</dd></div>",
            html::short(&header.name, 100),
            html::short(&value, VALUE)
        ));
    }
    let more = headers.0.len().saturating_sub(HEADERS);
    if more > 0 {
        let more = words::count(more, "more header", "more headers");
        rows.push_str(&format!("<div><dt>…</dt><dd>{more} left out</dd></div>"));
    }
    format!("<dl class=\"headers\">{rows}</dl>")
}
