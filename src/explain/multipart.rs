//! A multipart body as frameworks take it apart.

use super::bodies::Add;
use super::form_values;
use super::forms::{self, ENCODERS};

/// Parts that are looked at; a hostile sender could send thousands.
const MOST: usize = 200;
/// Parts whose content alone is tried.
const ALONE: usize = 16;

/// A part's name, whether it is a file, and its content.
struct Part<'a> {
    name: String,
    is_file: bool,
    content: &'a str,
}

/// Adds what frameworks make of a multipart body; nothing where the text is none.
pub(super) fn of_multipart(text: &str, add: Add<'_>) {
    let Some(parts) = parts(text) else { return };
    let fields: Vec<(String, String)> =
        parts.iter().filter(|part| !part.is_file).map(|part| (part.name.clone(), part.content.to_string())).collect();
    for part in parts.iter().take(ALONE) {
        let detail = if part.is_file { "the content of a file" } else { "the value of a field" };
        add("body-multipart-part", detail, part.content.as_bytes().to_vec());
    }
    if fields.is_empty() {
        return;
    }
    form_values::of_fields(&fields, &mut |code, detail, bytes| {
        add(if code == "body-form-json" { "body-multipart-json" } else { code }, detail, bytes);
    });
    for (detail, encoder) in ENCODERS {
        add("body-multipart-form", detail, forms::write(&fields, encoder).into_bytes());
    }
    let plain: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
    add("body-multipart-form", "undecoded", plain.join("&").into_bytes());
    // Frameworks that write the parts again keep the boundary and end as the standard has it.
    add("body-multipart-ends", "without what follows the last boundary", text.trim_end().as_bytes().to_vec());
    let begun = text.trim_start_matches(['\r', '\n']);
    add("body-multipart-ends", "without what stands before the first boundary", begun.as_bytes().to_vec());
}

/// The parts of a multipart body, whose boundary its first line tells.
fn parts(text: &str) -> Option<Vec<Part<'_>>> {
    let text = text.trim_start_matches(['\r', '\n']);
    let line = text.lines().next()?.trim_end();
    // RFC 2046 allows a boundary 70 characters.
    let is_boundary = line.starts_with("--") && (3..=72).contains(&line.len());
    if !is_boundary || !text.contains(&format!("{line}--")) {
        return None;
    }
    let mut parts = Vec::new();
    for piece in text.split(line).skip(1).take(MOST) {
        let Some(piece) = piece.strip_prefix("\r\n").or_else(|| piece.strip_prefix('\n')) else { continue };
        let Some((head, content)) = piece.split_once("\r\n\r\n").or_else(|| piece.split_once("\n\n")) else { continue };
        let content = content.strip_suffix("\r\n").or_else(|| content.strip_suffix('\n')).unwrap_or(content);
        let Some(name) = parameter(head, "name") else { continue };
        parts.push(Part { name, is_file: parameter(head, "filename").is_some(), content });
    }
    (!parts.is_empty()).then_some(parts)
}

/// A parameter of the part's Content-Disposition.
fn parameter(head: &str, name: &str) -> Option<String> {
    let is_disposition =
        |line: &&str| line.get(..20).is_some_and(|start| start.eq_ignore_ascii_case("content-disposition:"));
    let line = head.lines().find(is_disposition)?;
    line.split(';').skip(1).find_map(|parameter| {
        let (known, value) = parameter.trim().split_once('=')?;
        known.eq_ignore_ascii_case(name).then(|| value.trim_matches('"').to_string())
    })
}

#[cfg(test)]
mod tests {
    use super::of_multipart;

    #[test]
    fn parts_are_taken_apart() {
        let body = "--X\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1 2\r\n--X\r\n\
                    content-disposition: form-data; name=\"f\"; filename=\"x.json\"\r\nContent-Type: text/plain\r\n\r\n\
                    {}\r\n--X--\r\n";
        let mut made = Vec::new();
        of_multipart(body, &mut |code, _, bytes| made.push((code, String::from_utf8(bytes).unwrap())));
        let has = |code: &str, text: &str| assert!(made.iter().any(|(c, t)| *c == code && t == text), "{code} {text}");
        has("body-multipart-part", "1 2");
        has("body-multipart-part", "{}");
        has("body-multipart-json", r#"{"a":"1 2"}"#);
        has("body-multipart-form", "a=1+2");
        has("body-multipart-form", "a=1%202");
        has("body-multipart-ends", body.trim_end());
    }

    #[test]
    fn broken_parts_are_no_panic() {
        for body in [
            "--",
            "--X",
            "--X\n--X--",
            "--X\r\nname\r\n\r\n--X--",
            "--X\n\n\n--X\n--X--",
            "--X\r\nContent-Disposition: é; name\r\n\r\n--X--",
        ] {
            of_multipart(body, &mut |_, _, _| {});
        }
    }
}
