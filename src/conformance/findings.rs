//! What a receiver did amiss, told.

/// A finding, told.
#[derive(Debug)]
pub struct Finding {
    /// The stable name.
    pub code: &'static str,
    /// What this receiver did: "gave no answer in time".
    pub did: &'static str,
    /// Why it matters in production; empty where the case's own words hold.
    pub why: &'static str,
    /// How the receiver is mended; empty where the case's own words hold.
    pub fix: &'static str,
}

const fn found(code: &'static str, did: &'static str, why: &'static str, fix: &'static str) -> Finding {
    Finding { code, did, why, fix }
}

/// The fix of a server error in response to a valid delivery.
pub const BROKE_ON_VALID: &str = "look in the receiver's log for the exception and fix the handler: the delivery is \
    valid, so the answer has to be a success";

/// Every finding. The first five are those of a control that was refused and sent again another way.
#[rustfmt::skip]
pub static FINDINGS: &[Finding] = &[
    found("control-unsigned", "refused the control as signed and accepted it without a signature",
        "A signature is checked only where there is one. The provider's deliveries fail on the secret or the scheme, \
         and a forger leaves the header out.",
        "answer 401 where the header is missing, then compare the secret on both sides"),
    found("control-empty-key", "refused the control as signed and accepted it signed with an empty key",
        "The secret is not set where the receiver runs, and its code fell back to an empty key. Every delivery of \
         the provider fails, and anyone can forge one.",
        "set the secret where the receiver runs, and refuse to start without it; in PHP read it with getenv(), since \
         $_ENV is empty unless variables_order in php.ini contains E"),
    found("control-any-signature", "refused the control as signed and accepted every wrong signature",
        "The receiver accepts deliveries that are signed with any key but the right one. Every delivery of the provider \
         fails, and anyone can forge one.",
        "answer 401 where the signature differs from the expected one, and 2xx where it is equal"),
    found("control-undefined", "refused the control as signed and accepted it signed with the key undefined",
        "The secret's variable is not set, and its absence was turned into text. Every delivery of the provider \
         fails, and anyone can forge one.",
        "set the secret where the receiver runs, and refuse to start without it"),
    found("control-upper-case", "refused the control as signed and accepted it with its digits in upper case",
        "The receiver writes its own digest in upper case and compares texts. The provider writes lower case, so \
         every delivery fails.",
        "decode both sides and compare bytes, or write the digest in lower case"),

    found("before-handler", "refused the control in front of the handler",
        "A login wall, a hosting platform's protection, a host check or a CSRF check answered, so the handler never ran. \
         No delivery of the provider arrives either, and nothing is known of how signatures are checked.",
        "let the webhook's path pass what stands in front of it, then check again"),
    found("accepted", "accepted what it must refuse", "", ""),
    found("refused", "refused what it must accept", "", ""),
    found("wrong-answer", "gave another answer than the documented one", "", ""),
    found("odd-refusal", "refused with a status other than 400, 401, 403 or a documented one",
        "404, 419 or 422 come from a router, a CSRF check or a schema more often than from a verification, and 410 \
         tells some senders to disable the endpoint. The refusal may not be the signature's.",
        "answer 401 where the signature is missing or wrong, before any other check"),
    found("undocumented-refusal", "refused with another status than the documented one", "", ""),
    found("parses-before-verifying", "answered 400 to an unsigned body that is not JSON, where 401 is documented",
        "400 suggests that the body is parsed before its signature is checked. Input from anyone then reaches the \
         parser, and what is hashed may be a copy of what came.",
        "verify the raw bytes first, and parse only what passed"),
    found("redirect", "answered with a redirect",
        "Senders count a redirect as a failure, or follow it with a GET that has no body. The deliveries are lost, \
         often with nothing in the receiver's log.",
        "give the provider the final address (scheme, host, slash), or exempt the path from redirects and login"),
    found("nonsense-accepted", "accepted a body that it can't have understood",
        "A success says that the delivery was worked on. What can't be parsed was not, and nobody will ever know: the \
         sender has done its part.",
        "catch what the parser throws, and answer 400"),
    found("repeat-refused", "refused a delivery that it had already",
        "A sender repeats a delivery because it saw no success, and a refusal is none. It goes on until it gives up, \
         and may disable the endpoint.",
        "answer 2xx to a delivery whose id is known, and do nothing more"),
    found("repeated-effect", "did the work again for a delivery that it had already",
        "Every sender repeats a delivery now and then, be it that an answer was lost. What it orders is then done \
         twice: two charges, two mails, two rows.",
        "remember the ids of deliveries under a unique key, in the transaction that does the work"),
    found("refused-effect", "did the work of a delivery that it refused",
        "The work is done before the signature is checked, or in spite of it. The answer says no, and a forger has \
         what they wanted.",
        "verify before anything else, and return at once where that fails"),
    found("over-time-limit", "took longer to answer than the provider waits",
        "The provider counts each of these deliveries as failed and sends it again, while the first is still being \
         worked on. The work is done twice.",
        "verify, store or queue the delivery, answer 2xx, and work afterwards"),
    found("near-time-limit", "took more than half of the time that the provider waits", "", ""),
    found("large-answer", "gave a large answer", "", ""),
    found("stack-trace", "showed a stack trace", "", ""),
    found("lost-effect", "took a genuine delivery and did nothing with it", "", ""),
    found("secret-leaked", "gave its secret away",
        "Anyone who causes that answer can sign deliveries as the provider from then on, until the secret is replaced.",
        "take the secret out of the answer, replace it, and turn off debug output that prints variables"),
    found("signature-leaked", "gave the right signature away",
        "A forger sends any body, reads the signature that it needs in the refusal, and sends it again with that one. \
         The verification protects nothing.",
        "answer a refusal with a fixed text, and write what was expected to the receiver's own log at most"),
    found("server-error", "answered with a server error",
        "A sender takes 5xx for a fault that passes, and repeats a delivery that never will. Failures pile up until \
         the endpoint is disabled, and where no secret is needed anyone can cause them.",
        "look in the receiver's log for the exception, catch it, and answer 401 or 400 where the request is at fault"),
    found("no-answer", "gave no answer in time",
        "Senders wait for 3 to 30 seconds, count the delivery as failed, and send it again while the first is still \
         being worked on. The work is done twice, or never ends.",
        "verify, store or queue the delivery, answer 2xx, and work afterwards"),
    found("gone", "took no connection any more after it",
        "One request ended the process. Everything that comes until it is started again is lost, and anybody can send \
         that request.",
        "catch what the handler throws, and check a signature's length and form before it is compared"),
    found("dropped", "closed the connection without an answer",
        "The handler or its process ended in the middle of a request. Other deliveries that were open at that moment \
         are lost with it, and the sender repeats the one that caused it.",
        "look in the receiver's log for a crash or a restart, and catch errors around the whole handler"),
];

/// The finding of this code.
pub fn finding(code: &str) -> Option<&'static Finding> {
    FINDINGS.iter().find(|finding| finding.code == code)
}
