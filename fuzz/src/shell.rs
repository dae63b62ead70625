//! A reader of the shell scripts that we write. It knows only harmless syntax: a script with anything else is an error.

/// The words of one command.
pub(crate) type Command = Vec<Vec<u8>>;

/// Reads commands that are separated by `|` or line feeds. A variable's value is its name in angle brackets.
pub(crate) fn commands(script: &str) -> Result<Vec<Command>, String> {
    let mut reader = Reader { rest: script.as_bytes() };
    let (mut commands, mut words) = (Vec::new(), Vec::new());
    loop {
        match reader.rest {
            [] => break,
            [b'\\', b'\n', rest @ ..] | [b' ', rest @ ..] => reader.rest = rest,
            [b'|', rest @ ..] => {
                reader.rest = rest.strip_prefix(b"\n").unwrap_or(rest);
                commands.push(std::mem::take(&mut words));
            }
            [b'\n', rest @ ..] => {
                reader.rest = rest;
                commands.extend(Some(std::mem::take(&mut words)).filter(|words| !words.is_empty()));
            }
            [b'#', ..] => reader.comment()?,
            _ => words.push(reader.word()?),
        }
    }
    commands.extend(Some(words).filter(|words| !words.is_empty()));
    Ok(commands)
}

/// Returns what `printf` writes for this format, which holds octal escapes and no directives.
pub(crate) fn printed(format: &[u8]) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    let mut rest = format;
    loop {
        rest = match rest {
            [] => return Ok(out),
            [b'%', ..] => return Err("a directive in a format".to_string()),
            [b'\\', a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', after @ ..] => {
                out.push((a - b'0') * 64 + (b - b'0') * 8 + (c - b'0'));
                after
            }
            [b'\\', ..] => return Err("an escape that is not octal".to_string()),
            [byte, after @ ..] => {
                out.push(*byte);
                after
            }
        }
    }
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Takes everything before `end`, and `end` itself.
    fn until(&mut self, end: &[u8]) -> Result<&'a [u8], String> {
        let at = self.rest.windows(end.len()).position(|window| window == end);
        let at = at.ok_or_else(|| format!("`{}` is missing", String::from_utf8_lossy(end)))?;
        let taken = &self.rest[..at];
        self.rest = &self.rest[at + end.len()..];
        Ok(taken)
    }

    fn comment(&mut self) -> Result<(), String> {
        let end = self.rest.iter().position(|byte| *byte == b'\n').unwrap_or(self.rest.len());
        let comment = String::from_utf8_lossy(&self.rest[..end]);
        self.rest = &self.rest[end..];
        if comment.chars().any(char::is_control) { Err(format!("control characters in {comment:?}")) } else { Ok(()) }
    }

    fn word(&mut self) -> Result<Vec<u8>, String> {
        let mut word = Vec::new();
        loop {
            match self.rest {
                [] | [b' ' | b'\n' | b'|', ..] | [b'\\', b'\n', ..] => return Ok(word),
                [b'\'', rest @ ..] => {
                    self.rest = rest;
                    word.extend(self.until(b"'")?);
                }
                [b'\\', escaped, rest @ ..] => {
                    word.push(*escaped);
                    self.rest = rest;
                }
                [b'"', rest @ ..] => {
                    self.rest = rest;
                    self.double_quoted(&mut word)?;
                }
                [byte, rest @ ..] if byte.is_ascii_alphanumeric() || b"-_./:=@%+,".contains(byte) => {
                    word.push(*byte);
                    self.rest = rest;
                }
                [byte, ..] => return Err(format!("a bare {:?}", char::from(*byte))),
            }
        }
    }

    /// Either a variable alone, the output of `printf` alone, or text without anything special.
    fn double_quoted(&mut self, word: &mut Vec<u8>) -> Result<(), String> {
        if let Some(rest) = self.rest.strip_prefix(b"$(printf '") {
            self.rest = rest;
            let mut text = printed(self.until(b"')\"")?)?;
            // A shell cuts line feeds off the end.
            while text.pop_if(|last| *last == b'\n').is_some() {}
            word.extend(text);
            return Ok(());
        }
        let text = self.until(b"\"")?;
        let name = text.strip_prefix(b"${").and_then(|name| name.strip_suffix(b":?}"));
        if let Some(name) = name.or(text.strip_prefix(b"$")) {
            if name.is_empty() || !name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_') {
                return Err(format!("`{}` is no name", String::from_utf8_lossy(name)));
            }
            word.extend([b"<", name, b">"].concat());
            return Ok(());
        }
        if text.iter().any(|byte| b"$`\\".contains(byte)) {
            return Err("an expansion in double quotes".to_string());
        }
        word.extend(text);
        Ok(())
    }
}
