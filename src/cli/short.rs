//! What `-h` leaves to `--help`.

use clap::Command;

/// Commands with more options than one screen takes, and those that most people come for.
const SHOWN: [(&str, &str); 10] = [
    (
        "send",
        "to variant set data body dry-run keep-going verbose json retry time-scale count rate for secret-env header",
    ),
    ("run", "to fail-fast time-scale timeout json junit secret-env header"),
    ("listen", "port provider full secret-env count for expect within forward respond json journal"),
    ("history", "last follow event verdict since json"),
    ("replay", "to last event re-sign fresh keep-going json secret-env"),
    ("export", "format out to last from event"),
    ("verify", "provider secret-env signature computed header json"),
    ("check", "provider secret-env only skip level list explain wait json report"),
    ("doctor", "provider port json secret-env"),
    ("render", "variant set format count pretty to secret-env"),
];

/// Hides the rest there, and says so.
pub(super) fn shorten(mut command: Command) -> Command {
    for (name, shown) in SHOWN {
        command = command.mut_subcommand(name, |sub| {
            let sub = sub.mut_args(|argument| {
                let is_shown = argument.get_long().is_none_or(|long| shown.split(' ').any(|name| name == long));
                argument.hide_short_help(!is_shown)
            });
            let more = format!("`hookproof {name} --help` has every option, and examples.");
            let examples = sub.get_after_help().cloned();
            let sub = sub.after_help(more);
            examples.into_iter().fold(sub, Command::after_long_help)
        });
    }
    command
}

#[cfg(test)]
mod tests {
    use super::SHOWN;

    #[test]
    fn what_is_shown_is_there() {
        let command = crate::cli::command();
        for (name, shown) in SHOWN {
            let sub = command.find_subcommand(name).unwrap_or_else(|| panic!("no command {name}"));
            for long in shown.split(' ') {
                assert!(
                    sub.get_arguments().any(|argument| argument.get_long() == Some(long)),
                    "{name} has no --{long}"
                );
            }
        }
    }
}
