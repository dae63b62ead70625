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

/// Every finding. Those of a control that was refused and accepted in another form come first.
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

    found("control-undecoded-secret", "refused the control as signed and accepted it with the secret's text as the key",
        "The provider decodes its secret before it signs, and the receiver takes the text for the key. Every \
         delivery of the provider fails.",
        "cut off the secret's beginning and decode the rest as the provider documents it; the bytes are the key"),
    found("control-decoded-secret", "refused the control as signed and accepted it with the secret decoded",
        "The receiver decodes the secret, and the provider signs with its text. Every delivery of the provider \
         fails.",
        "use the bytes of the secret's text as the key, without decoding it"),
    found("control-secret-prefix",
        "refused the control as signed and accepted it with another part of the secret as the key",
        "The secret begins with a mark that some providers cut off before they sign and others do not. The receiver \
         does the opposite of this provider, so every delivery fails.",
        "make the key of the secret as the provider documents it: its beginning is either a part of it or not"),
    found("control-secret-line-end", "refused the control as signed and accepted it with a line end after the secret",
        "The secret was read from a file or a variable that ends in a line end, and that became a part of the key. \
         Every delivery of the provider fails.",
        "store the secret without a line end (printf, not echo), or trim it once where it is read"),
    found("control-with-prefix", "refused the control as signed and accepted it with a prefix before its signature",
        "The receiver expects a name before the digest, as another provider writes it. Every delivery of this \
         provider fails.",
        "compare the header's value as this provider documents it"),
    found("control-without-prefix",
        "refused the control as signed and accepted it without what stands before the digest",
        "The provider writes a name or a version before the digest, and the receiver compares the digest alone with \
         the whole value. Every delivery fails.",
        "take the digest out of the header's value as the provider documents it, then compare"),
    found("control-other-encoding", "refused the control as signed and accepted it with the digest in another encoding",
        "The receiver computes the right digest and writes it otherwise than the provider, so the texts are never \
         equal. Every delivery fails.",
        "encode the digest's bytes as the provider does, or decode the header's value and compare bytes"),
    found("control-other-hash", "refused the control as signed and accepted it made with another hash",
        "The receiver computes its digest with another hash than the provider. Every delivery fails.",
        "use the hash that the provider documents for this header"),
    found("control-other-mode", "refused the control as signed and accepted it signed in another mode of the provider",
        "The provider signs in several modes, and the receiver verifies another one than the check sent: an older \
         header or another setting. Where the provider sends the first one, every delivery fails.",
        "verify the mode that the provider is set to; if that is the one that was accepted, check with \
         --signature-mode"),
    found("control-other-header", "refused the control as signed and accepted it under another name of the header",
        "The provider has several names for the header, and the receiver reads another one than was sent. Deliveries \
         fail as long as the provider does not send it.",
        "read the signature under each name that the provider documents"),
    found("control-empty-body", "refused the control as signed and accepted it signed over an empty body",
        "The body was read by a parser or a middleware before, and nothing was left to hash. Every delivery fails.",
        "read the raw body before anything else does, as by express.raw, request.get_data() or php://input"),
    found("control-rewritten-body", "refused the control as signed and accepted it signed over the body written again",
        "The receiver parses the body and hashes what it writes from the result. The bytes differ from those that \
         came, so deliveries fail always or now and then.",
        "hash the bytes as they came in, before anything parses, decodes or prints them"),
    found("control-without-query",
        "refused the control as signed and accepted it signed over the address without its query",
        "The provider signs the whole address, and the receiver rebuilds it from the path alone. Every delivery to \
         an address with a query fails.",
        "verify over the whole address with its query as it stands in the request line, such as request.originalUrl"),
    found("control-other-protocol",
        "refused the control as signed and accepted it signed over the address with another protocol",
        "The receiver takes http for https or the reverse, as behind a proxy that ends TLS. Each delivery to the \
         address that was checked fails.",
        "trust X-Forwarded-Proto of the proxy in front, or configure the address that the provider has; if that is \
         the accepted one, check over it"),
    found("control-other-port",
        "refused the control as signed and accepted it signed over the address with another port",
        "The receiver adds a port to the address or leaves it out. The provider signs the address to the letter, so \
         each delivery to the address that was checked fails.",
        "build the address from the Host header as it came, or configure the one that the provider has"),
    found("control-other-slash",
        "refused the control as signed and accepted it signed over the address with another slash",
        "The receiver adds a slash at the path's end or leaves it out, as routers do. Every delivery fails, since \
         the provider signs the address to the letter.",
        "verify over the path as it stands in the request line, or over the address that the provider has"),
    found("control-other-address", "refused the control as signed and accepted it signed over another address",
        "The receiver verifies over another address than the request was sent to. Each delivery to the address that \
         was checked fails.",
        "configure the address that the provider has, to the letter: protocol, host, port, path and query; if that \
         is the accepted one, check over it"),
    found("control-without-address", "refused the control as signed and accepted it signed without the address",
        "The provider signs the address together with the body, and the receiver leaves it out. Every delivery \
         fails.",
        "sign the parts that the provider documents, in its order: the address comes with the body"),
    found("control-without-method", "refused the control as signed and accepted it signed without the method",
        "The provider signs the request method too, and the receiver leaves it out. Every delivery fails.",
        "sign the parts that the provider documents, in its order"),
    found("control-without-fields", "refused the control as signed and accepted it signed without the form's fields",
        "The provider signs the address and then each field of the form. The receiver leaves the fields out, as \
         where the form was not parsed yet. Every delivery fails.",
        "parse the form before verifying, and give its fields to the function that verifies"),
    found("control-raw-form", "refused the control as signed and accepted it signed over the form as it stands",
        "The provider signs the decoded fields of the form, sorted by name, and the receiver hashes the encoded \
         body. Every delivery fails.",
        "sort the decoded fields by name, and join each name with its value"),
    found("control-body-only", "refused the control as signed and accepted it signed over the body alone",
        "The provider signs other values together with the body, and the receiver hashes the body alone. Every \
         delivery fails.",
        "sign the parts that the provider documents, in its order"),
    found("control-without-id", "refused the control as signed and accepted it signed without its ID",
        "The provider signs the delivery's ID together with the body, and the receiver leaves it out. Every delivery \
         fails.",
        "sign the parts that the provider documents, in its order, with the ID from its header"),
    found("control-without-timestamp", "refused the control as signed and accepted it signed without its timestamp",
        "The provider signs a timestamp together with the body, and the receiver leaves it out. Every delivery \
         fails.",
        "sign the parts that the provider documents, in its order, with the timestamp as it came"),
    found("control-milliseconds", "refused the control as signed and accepted it with its timestamp in milliseconds",
        "The receiver counts milliseconds, as Date.now() does, and the provider does not. Each timestamp seems far \
         too old, so every delivery fails.",
        "hash the timestamp's text as it came, and turn it into the clock's unit to compare its age alone"),
    found("control-seconds", "refused the control as signed and accepted it with its timestamp in seconds",
        "The receiver counts seconds, and the provider does not. Each timestamp seems far ahead, so every delivery \
         fails.",
        "hash the timestamp's text as it came, and turn it into the clock's unit to compare its age alone"),
    found("control-other-separator",
        "refused the control as signed and accepted it with something else between the signed parts",
        "The receiver joins the right parts with another character than the provider. Every delivery fails.",
        "join the parts as the provider documents it, with the version before them where there is one"),
    found("control-other-order", "refused the control as signed and accepted it with the signed parts in another order",
        "The receiver joins the right parts in another order than the provider. Every delivery fails.",
        "join the parts in the order that the provider documents"),

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
