//! What stands at the end of each command's help: examples, and what its exit codes mean.
//!
//! A paragraph is one line here, as the terminal's width breaks it.

pub(super) const EXAMPLES: &str = "\
Examples:
  hookproof send superfolio/form.submitted --to self
  hookproof listen
  hookproof events superfolio

Exit codes: 0 all well; 1 the receiver refused or the signature is wrong; 2 the command is wrong; \
3 it could not be tested; 129, 130 and 143 interrupted.";

pub(super) const SEND: &str = "\
Examples:
  hookproof send superfolio/form.submitted --to self
  hookproof send form.submitted --to 3000/hook --secret-env WEBHOOK_SECRET
  hookproof send 'superfolio/activity.*' --to 3000/hook --keep-going
  hookproof send superleap/student.create --to 3000/hook --set after.name='Zoë Lund'
  hookproof send superfolio --body delivery.json --to 3000/hook
  hookproof send superfolio/@hot-lead --to 3000/hook --time-scale 100";

pub(super) const LISTEN: &str = "\
Examples:
  hookproof listen
  hookproof listen --provider superfolio --secret-env WEBHOOK_SECRET
  hookproof listen --port 0 --json --count 3 --for 30s
  hookproof listen --expect 'form.submitted*2' --within 30s --ready-file ready
  hookproof listen --respond 500,500,200 --retry-after 2s";

pub(super) const HISTORY: &str = "\
Examples:
  hookproof history --last 20
  hookproof history 7k3m
  hookproof history --event 'form.*' --verdict invalid --since 10m
  hookproof history --header 'x-request-id: 42*' --where data.lead.id=5 --json
  hookproof history --last 0 --follow
  hookproof history --until 7d --delete

Exit codes: 0 found or removed, or all was asked for; 1 no entry passes the filters; 2 the \
command is wrong, no entry has this id, several begin like it, or a removal is not confirmed; \
3 the journal can't be read or written.";

pub(super) const REPLAY: &str = "\
Examples:
  hookproof replay --last --to 3000/hook
  hookproof replay 7k3m --to 3000/hook --re-sign --secret-env WEBHOOK_SECRET
  hookproof replay --event 'form.*' --since 10m --to 3000/hook --keep-going
  hookproof replay captured.jsonl --to 3000/hook --timing --speed 10

What goes out is what was captured: method, headers, bytes and the old signature, at the path of --to. Headers of the \
connection (Host, Content-Length, Connection and what it names, Transfer-Encoding and the like) are made anew.

Exit codes: 0 all were accepted; 1 one was refused, or got no answer; 2 the command is wrong, or no delivery is like \
that; 3 the journal can't be read, or there was no connection; 129, 130 and 143 interrupted.";

pub(super) const EXPORT: &str = "\
Examples:
  hookproof export 7k3m --format curl --out again.sh
  hookproof export --event 'form.*' --format http --out deliveries
  hookproof export --last 20 --format har --out deliveries.har

Exit codes: 0 written; 2 the command is wrong, or no delivery is like that; 3 the journal can't be read.";

pub(super) const VERIFY: &str = "\
Examples:
  hookproof verify body.json --provider superfolio --signature 3d4f... --secret-env WEBHOOK_SECRET
  hookproof verify body.json --provider superfolio --computed 9a1b... --secret-env WEBHOOK_SECRET
  hookproof verify body.json -H 'X-Signature-256: sha256=3d4f...' --secret-file secret.txt
  hookproof listen --json --count 1 | hookproof verify";

pub(super) const CHECK: &str = "\
Examples:
  hookproof check 3000/hook --provider superfolio --secret-env WEBHOOK_SECRET
  hookproof check 3000/hook --provider stripe --secret-env WEBHOOK_SECRET --report junit=check.xml
  hookproof check --list --provider superfolio
  hookproof check --explain tampered";

pub(super) const RUN: &str = "\
Examples:
  hookproof run smoke.toml --to 3000/hook --secret-env WEBHOOK_SECRET
  hookproof run superfolio/@hot-lead --to 3000/hook --time-scale 1000 --junit run.xml

Exit codes: 0 all was as expected; 1 a step was not, or got no answer; 2 the command or a story is wrong; 3 the receiver \
was not reached; 129, 130 and 143 interrupted.";

pub(super) const EVENTS: &str = "\
Examples:
  hookproof events
  hookproof events superfolio/form.submitted
  hookproof events 'superfolio/activity.*' --variants
  hookproof events --search lead --json";

pub(super) const RENDER: &str = "\
Examples:
  hookproof render superfolio/form.submitted --pretty
  hookproof render lead.update --set after.status=won --seed 1 --at 2026-06-01T12:00:00Z
  hookproof render form.submitted --format curl --to 3000/hook --secret-env WEBHOOK_SECRET";

pub(super) const SIGN: &str = "\
Examples:
  hookproof sign body.json --provider superfolio --secret-env WEBHOOK_SECRET
  printf '{}' | hookproof sign --provider swapcard --secret-file secret.txt";

pub(super) const DOCTOR: &str = "\
Examples:
  hookproof doctor
  hookproof doctor 3000/hook --provider superfolio --secret-env WEBHOOK_SECRET
  hookproof doctor staging --json

No request is sent to the receiver: its name is looked up, a connection is made, and a TLS handshake for https.

Exit codes: 0 nothing is at fault, notes or not; 1 something is; 2 the command is wrong; 3 something could not be \
looked at.";

pub(super) const EXPLAIN: &str = "\
Examples:
  hookproof explain body-newline-added
  hookproof explain";

pub(super) const INIT: &str = "\
Examples:
  hookproof init
  hookproof init --provider superfolio --url 3000/hook --secret-env WEBHOOK_SECRET

Exit codes: 0 written; 2 the command is wrong, or a hookproof.toml is there already; 3 it can't be written.";

pub(super) const CONFIG: &str = "\
Examples:
  hookproof config
  HOOKPROOF_TARGET=staging hookproof config --json
  hookproof config trust

A flag comes before a variable, a variable before hookproof.toml, and that before what is built in. Of a secret only its \
looks are shown.";

pub(super) const COMPLETIONS: &str = "\
Examples:
  hookproof completions bash > ~/.local/share/bash-completion/completions/hookproof
  hookproof completions zsh > \"${fpath[1]}/_hookproof\"
  hookproof completions fish > ~/.config/fish/completions/hookproof.fish";

pub(super) const MAN: &str = "\
Examples:
  hookproof man send | man -l -
  hookproof man --out ~/.local/share/man/man1";

#[cfg(test)]
mod tests {
    use crate::cli::command;

    #[test]
    fn what_stands_at_the_end_of_a_help_is_broken_where_the_terminal_ends_alone() {
        let command = command();
        for command in command.get_subcommands().chain([&command]) {
            let end = command.get_after_long_help().or_else(|| command.get_after_help());
            let end = end.map(ToString::to_string).unwrap_or_default();
            for paragraph in end.split("\n\n").filter(|paragraph| !paragraph.starts_with("Examples:")) {
                assert!(!paragraph.contains('\n'), "{}: {paragraph}", command.get_name());
            }
        }
    }
}
