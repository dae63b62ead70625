//! Texts of the cases about handshakes.

use super::{Case, Family, Level, of, refuses};

#[rustfmt::skip]
pub(super) const HANDSHAKES: &[Case] = &[
    Case {
        id: "handshake",
        family: Family::Handshake,
        level: Level::Must,
        title: "the provider's handshake gets the documented answer",
        sent: "the request by which the provider proves an address",
        why: "The provider enables an endpoint only after this answer, and may ask for it again later. Without it no \
              delivery is sent at all.",
        fix: "answer the handshake as the provider documents, before events are told apart",
    },

    of(Family::Handshake, Level::Should, "handshake-wrong-token", "a handshake with a wrong token gets no answer",
        "the provider's handshake with a token that is not the receiver's",
        "The token proves that the endpoint's owner asked for the deliveries. Without a look at it, anyone subscribes the \
         address to deliveries of an application of his own, and has the receiver give back a text of his choice.",
        "compare the token with the configured one before the challenge is given back, and answer 403 where it differs"),
    of(Family::Handshake, Level::Should, "handshake-no-token", "a handshake without a token gets no answer",
        "the provider's handshake without its token, and then with an empty one",
        "A token that is not configured equals one that is not sent, or an empty one. Anyone then subscribes the address to \
         deliveries of an application of his own.",
        "refuse to start without the token, and answer 403 where none came"),

    refuses("handshake-unsigned", "a handshake without a signature is refused",
        "the provider's handshake without its signature",
        "The provider signs its handshakes, and some send forged ones to test the endpoint: one that answers is \
         disabled. Where the answer holds a digest, anyone lets the receiver sign a text.",
        "verify the signature of every request before anything else, handshakes included"),
    refuses("handshake-forged", "a handshake with a wrong signature is refused",
        "the provider's handshake signed with a secret that is not the receiver's",
        "The provider signs its handshakes, and some send forged ones to test the endpoint: one that answers is \
         disabled. Where the answer holds a digest, anyone lets the receiver sign a text.",
        "verify the signature of every request before anything else, handshakes included"),
    refuses("handshake-oracle", "a forged handshake gets no signature for a delivery",
        "the handshake unsigned and then wrongly signed, with the signed content of a delivery as its challenge",
        "The answer to a handshake is the challenge's digest under the same secret. Whoever chooses the challenge \
         gets a valid signature for a body of his choice, and can forge every delivery.",
        "verify the handshake's own signature first, and answer no challenge that has the form of signed content"),
    refuses("handshake-marks", "a forged delivery that looks like a handshake is refused",
        "the control with the marks of the handshake in its body or address, signed with a secret that is not the receiver's",
        "The check for a handshake stands before the verification and skips it. Whoever adds its marks to a delivery \
         can forge it.",
        "verify every signed request first, and do nothing in the branch of the handshake but answer it"),
];
