//! What the reader of TOML says, in words for who writes it.

use crate::words;

/// The same fault without the value that stands there, since that may be a secret, and without names of our insides.
pub(super) fn reworded(message: &str) -> String {
    let message = message.trim_end();
    let is_of = |kind: &&str| message.starts_with(kind);
    let Some(said) = ["invalid type: ", "invalid value: "].into_iter().find(is_of) else {
        return message.replace('\n', "; ");
    };
    // What is expected never holds the value, so its last mention is the reader's own.
    let Some((found, expected)) = message[said.len()..].rsplit_once(", expected ") else { return said.to_string() };
    let found = found.split(['"', '`']).next().unwrap_or_default().trim_end();
    format!("{said}{}, expected {}", of_toml(found), of_toml(expected))
}

/// What TOML calls a kind of value.
fn of_toml(kind: &str) -> &str {
    match kind {
        "map" => "table",
        "a map" => "a table",
        "sequence" => "array",
        "a sequence" => "an array",
        kind if kind.starts_with("struct ") => "a table",
        kind => kind,
    }
}

/// The known name that an unknown one is nearest to.
pub(super) fn meant(what: &str) -> Option<&str> {
    // The unknown name comes first, then the known ones.
    let mut names = what.strip_prefix("unknown ")?.split('`').skip(1).step_by(2);
    words::nearest(names.next()?, names)
}

#[cfg(test)]
mod tests {
    use super::{meant, reworded};

    #[test]
    fn no_value_is_repeated() {
        let check = |message: &str, expected: &str| assert_eq!(reworded(message), expected);
        check(
            "invalid type: string \"X-Token: hunter2, expected \\\"a\", expected a map",
            "invalid type: string, expected a table",
        );
        check("invalid type: integer `5`, expected struct Target\n", "invalid type: integer, expected a table");
        check("invalid type: sequence, expected a string", "invalid type: array, expected a string");
        check("invalid value: string \"hunter2\", expected a size", "invalid value: string, expected a size");
        check("missing field `url`", "missing field `url`");
        check("one\nthing", "one; thing");
    }

    #[test]
    fn an_unknown_name_is_near_to_a_known_one() {
        let check = |what: &str, expected: Option<&str>| assert_eq!(meant(what), expected, "{what}");
        check("unknown field `envfile`, expected one of `url`, `env_file`", Some("env_file"));
        check("unknown variant `shuld`, expected `must` or `should`", Some("should"));
        check("unknown field `journal`, expected `url`", None);
        check("missing field `url`", None);
    }
}
