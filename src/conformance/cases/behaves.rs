//! Texts of the cases that judge all answers, and of the last delivery.

use super::{Case, Family, Level, of};

#[rustfmt::skip]
pub(super) const BEHAVES: &[Case] = &[
    of(Family::Behaves, Level::Info, "connection-reuse", "a connection is used for several deliveries",
        "two deliveries on one connection, with an unsigned one between them",
        "Senders keep connections open. A receiver that leaves the body of what it refused unread takes the rest of \
         it for the next request.",
        "read every body to its end, or close the connection after the answer"),
    of(Family::Behaves, Level::Info, "answer-time", "answers come well within the provider's limit",
        "nothing more: the time of every delivery that was accepted counts",
        "A sender that has waited too long counts the delivery as failed and sends it again, while the first is still \
         being worked on.",
        "verify, store or queue the delivery, answer 2xx, and work afterwards"),
    of(Family::Behaves, Level::Info, "redirects", "no answer is a redirect",
        "nothing more: every answer to a POST counts",
        "Senders count a redirect as a failure, or follow it with a GET that has no body.",
        "exempt the path from redirects to a login, another scheme, or an address with a slash"),
    of(Family::Behaves, Level::Info, "answer-size", "answers are small",
        "nothing more: the size of every answer counts",
        "Nobody reads the answer to a webhook beyond its first lines. Some senders give up on a large one, and what \
         is in it is told to whoever asks.",
        "answer with an empty body or a few words"),
    of(Family::Behaves, Level::Info, "stack-traces", "no answer holds a stack trace",
        "nothing more: the text of every answer counts",
        "A stack trace tells paths, versions and sometimes values of the receiver to whoever causes an error.",
        "turn off the framework's debug mode where it can be reached, and answer errors with a few words"),
    of(Family::Behaves, Level::Info, "refusal-status", "refusals have the documented status",
        "nothing more: the status of every refusal counts",
        "The provider documents one status for a wrong signature. Its logs and alerts tell another status apart, and \
         may call it a fault of the application.",
        "answer a missing or wrong signature with the status that the provider documents"),
    of(Family::Behaves, Level::Must, "leaks", "no answer gives the secret or a right signature away",
        "nothing more: status line, headers and body of every answer count",
        "Whoever reads the secret can sign any delivery as the provider. A right signature in a refusal needs no more \
         than the request sent again with it.",
        "answer a refusal with a fixed text, and write what was expected to the receiver's own log at most"),

    Case {
        id: "alive",
        family: Family::Alive,
        level: Level::Must,
        title: "a valid delivery is still accepted at the end",
        sent: "the control once more, after everything else",
        why: "A receiver that a bad request ends loses every delivery until it is started again. Anyone can send \
              that request, as often as it takes.",
        fix: "catch errors around the whole handler, and look in the receiver's log for what ended it",
    },
];
