//! The cases of a check, told: what each sends, what a sound receiver does, and why that matters.
//!
//! Only words and levels; how a case is made is the plan's business.

/// A case, told.
#[derive(Debug)]
pub struct Case {
    /// Its stable name, for `--only`, `--skip` and `--explain`.
    pub id: &'static str,
    /// What it is about.
    pub family: Family,
    /// How much it counts.
    pub level: Level,
    /// What is proved where it passes: "a valid delivery is accepted".
    pub title: &'static str,
    /// What is sent: "the control's body with a blank after it, under the old signature".
    pub sent: &'static str,
    /// Why it matters in production.
    pub why: &'static str,
    /// How a receiver that fails it is mended.
    pub fix: &'static str,
}

/// What a case is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// The receiver must take it.
    Accepts,
    /// The receiver must refuse it.
    Refuses,
    /// The receiver must give the documented answer.
    Handshake,
    /// The receiver must still be there.
    Alive,
}

/// How much a case counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Told, and no more.
    Info,
    /// Fails a check that is strict.
    Should,
    /// Fails the check.
    Must,
}

impl Level {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Should => "should",
            Self::Must => "must",
        }
    }
}

impl Family {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Accepts => "accepts",
            Self::Refuses => "refuses",
            Self::Handshake => "handshake",
            Self::Alive => "alive",
        }
    }
}

/// The case of this name.
pub fn case(id: &str) -> Option<&'static Case> {
    CASES.iter().find(|case| case.id == id)
}

/// The finding of this code.
pub fn finding(code: &str) -> Option<&'static Finding> {
    FINDINGS.iter().find(|finding| finding.code == code)
}

const fn accepts(
    level: Level,
    id: &'static str,
    title: &'static str,
    sent: &'static str,
    why: &'static str,
    fix: &'static str,
) -> Case {
    Case { id, family: Family::Accepts, level, title, sent, why, fix }
}

const fn refuses(
    id: &'static str,
    title: &'static str,
    sent: &'static str,
    why: &'static str,
    fix: &'static str,
) -> Case {
    Case { id, family: Family::Refuses, level: Level::Must, title, sent, why, fix }
}

const RAW: &str = "hash the bytes as they came in, before anything parses, decodes or prints them";

const COMPARE: &str = "compare the lengths of the decoded bytes first, then the bytes with a constant-time function";

/// Every case, in the order in which they are sent. Those that can end a receiver come last.
#[rustfmt::skip]
pub static CASES: &[Case] = &[
    accepts(Level::Must, "control", "a valid delivery is accepted",
        "a sample delivery, signed as the provider signs",
        "A receiver that refuses this one loses every delivery: the sender repeats them for hours or days, then may \
         disable the endpoint. No later refusal would mean anything either.",
        "compare address, content type and secret on both sides, and exempt the path from CSRF checks and login"),
    accepts(Level::Must, "event", "an event of the catalog is accepted",
        "a sample of this event or variant, signed as the provider signs",
        "An event that is refused is repeated until the sender gives up, and what it told is lost. Enough failures \
         can disable the endpoint for all the others.",
        "answer 2xx to every event that is verified, and do nothing with those of no use"),
    accepts(Level::Must, "whitespace", "a body with odd white space is accepted",
        "the control's JSON with odd white space between its tokens, signed anew",
        "What is hashed is not what came but a copy that was parsed and written again. Most deliveries survive that, \
         so the others are lost now and then, without a pattern.",
        "keep the raw body where the framework parses it (express.raw, request.body, php://input) and hash that"),
    accepts(Level::Must, "crlf", "a body with CR LF line ends is accepted",
        "the control's JSON with its line ends as CR LF, signed anew",
        "Some senders put CR LF between or after the records of a batch. Code that trims the body or converts line \
         ends before it hashes refuses each of those deliveries.",
        "hash the bytes as they came in, without trimming them or reading them as lines of text"),
    accepts(Level::Must, "escapes", "a body with escaped characters is accepted",
        "the control's JSON with / written \\/ and letters written as \\u escapes, signed anew",
        "A parser resolves escapes, and the writer after it chooses its own. A sender that escapes slashes or \
         non-ASCII is then refused wherever an address or a name stands in the body.",
        RAW),
    accepts(Level::Must, "extra-fields", "fields that are not known are accepted",
        "the control with a field that the provider does not document, signed anew",
        "Providers add fields without notice. A strict schema turns that day into an outage: each delivery is \
         refused and repeated until the endpoint is disabled.",
        "let the schema ignore fields that it does not know"),
    accepts(Level::Must, "utf8", "letters beyond ASCII are accepted",
        "the control with letters beyond ASCII in a text, raw in UTF-8, signed anew",
        "A body decoded in the wrong character set is hashed as other bytes. The first customer with an accent in \
         the name is refused, again at each retry.",
        "hash bytes, not a string, and decode them as UTF-8 afterwards"),
    accepts(Level::Must, "emoji", "a character of four bytes is accepted",
        "the control with an emoji in a text, raw in UTF-8, signed anew",
        "Code that takes characters for bytes, or a column that holds three bytes a character, fails on the first \
         emoji that someone types into a form. No retry mends that delivery.",
        "count and hash bytes, and store text where all of Unicode fits (utf8mb4 in MySQL)"),
    accepts(Level::Must, "numbers", "numbers in any notation are accepted",
        "the control with an extra field that holds 1.0, 1E2 and an integer of twenty digits, signed anew",
        "A parser rewrites numbers: 1.0 to 1, 1E2 to 100, long integers to the nearest double. A signature over the \
         copy fails whenever such a number comes, up to every second delivery.",
        RAW),
    accepts(Level::Must, "null", "a value of null is accepted",
        "the control with an optional value set to null, signed anew",
        "A field that is mostly filled comes as null now and then. Code that reads inside it throws, the sender sees \
         a failure, and repeats a delivery that can never pass.",
        "check for null before reading inside a field"),
    accepts(Level::Must, "charset", "a content type that names its charset is accepted",
        "the control with the charset in its content type",
        "Some senders name the charset. Code that compares the whole content type answers 415 or leaves the body \
         unread, and every delivery of such a sender is lost.",
        "compare the media type alone, without its parameters"),
    accepts(Level::Must, "header-case", "header names in another case are accepted",
        "the control with its header names in another case",
        "Header names have no case: HTTP/2 and many proxies write them in lower case. A lookup that minds the case \
         works on one machine and finds no signature behind the next proxy.",
        "look headers up through the framework, or turn the names into lower case first"),
    accepts(Level::Must, "size-20kb", "a body of 20 kB is accepted",
        "the control padded to 20 kB by an extra field, signed anew",
        "Long answers and lists of records reach this size. A limit below it loses just those deliveries, and no \
         retry helps.",
        "raise the body limit on this path above what the provider sends"),

    accepts(Level::Should, "missing-fields", "a body without its optional fields is accepted",
        "the control without its optional fields, signed anew",
        "Senders leave out what is not filled. Code that takes such a field for granted throws, and the delivery is \
         repeated in vain until the sender gives up.",
        "require only the fields that the handler uses, and give the others a default"),
    accepts(Level::Should, "unknown-event", "an event that is not known is accepted",
        "the control under the name of an event that does not exist, signed anew",
        "Providers add events. One that is refused is repeated for hours, and enough failures disable the endpoint \
         for the known ones too.",
        "answer 2xx to a verified event of an unknown kind, and do nothing with it"),
    accepts(Level::Should, "size-150kb", "a body of 150 kB is accepted",
        "the control padded to 150 kB by an extra field, signed anew",
        "Some frameworks refuse bodies over 100 kB unless told otherwise. The large deliveries are lost while the \
         small ones pass, and nobody tests with a large one.",
        "raise the body parser's limit on this path, as in express.raw({ type: '*/*', limit: '1mb' })"),
    accepts(Level::Should, "size-1mb", "a body of 1,000,000 bytes is accepted",
        "the control padded to 1,000,000 bytes by an extra field, signed anew",
        "Batches reach this size, and providers document limits up to 25 MB. What stands above the receiver's limit \
         is lost, since no retry makes it smaller.",
        "raise the limits of framework, proxy and gateway to what the provider documents"),
    accepts(Level::Should, "chunked", "a body without Content-Length is accepted",
        "the control in chunks, without Content-Length",
        "Code that reads by Content-Length finds an empty body and refuses its signature. A sender or proxy that \
         streams then loses every delivery.",
        "read the body to its end, or let a proxy in front buffer it and state its length"),

    accepts(Level::Info, "content-type-case", "a content type in another case is accepted",
        "the control with its content type in title case",
        "Media types have no case. Code that compares letters answers 415 once a sender or proxy writes it another \
         way; few do.",
        "turn the media type into lower case before comparing it"),
    accepts(Level::Info, "rotation", "a right signature beside a wrong one is accepted",
        "the control under two signatures, one made with the secret and one with another key",
        "While a secret is rotated, senders sign with the old one and the new one. Code that looks at one signature \
         only may refuse every delivery until the rotation ends.",
        "try each signature of the list, skip those of unknown versions, and accept if any matches"),

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

    refuses("tampered", "a body that was changed is refused",
        "the control with one letter or digit of its body changed after signing",
        "The signature does not protect the body. Whoever holds one delivery can change an account or an amount in \
         it and send it as the provider's.",
        "compute the signature over the whole raw body, and answer 401 where it differs"),
    refuses("whitespace-appended", "a body with a blank after it is refused",
        "the control with a blank after its body, under the old signature",
        "The body is trimmed, or parsed and written again, before it is hashed. Bytes that nobody signed pass, and \
         sound deliveries in another notation are lost.",
        RAW),
    refuses("no-signature", "a delivery without a signature is refused",
        "the control without its signature header",
        "Anyone who knows the address can send events as the provider, and the handler acts on them.",
        "answer 401 where the header is missing, with no exception for development"),
    refuses("wrong-secret", "a signature made with another secret is refused",
        "the control signed with a secret that is not the receiver's",
        "The signature is read and not checked against the secret. Any key will do, so anyone can forge deliveries.",
        "compute the signature with the secret, compare, and answer 401 where they differ"),
    refuses("empty-key", "a signature made with an empty key is refused",
        "the control signed with an empty key",
        "An empty key is among those that are tried, as where the variable of a second secret is not set, and anyone \
         can sign with it. Nine public repositories were found to accept forgeries that way.",
        "refuse to start without the secret, and never try a key that is empty"),
    refuses("key-undefined", "a signature made with the key undefined is refused",
        "the control signed with the text undefined as its key",
        "A variable that is not set was turned into text, and that text is a key. Anyone can guess it and forge \
         deliveries.",
        "check that each secret is set before it becomes a string, and refuse to start without it"),
    refuses("key-null", "a signature made with the key null is refused",
        "the control signed with the text null as its key",
        "A secret that is not set was turned into text, and that text is a key. Anyone can guess it and forge \
         deliveries.",
        "check that each secret is set before it becomes a string, and refuse to start without it"),
    refuses("sha1", "a signature with SHA-1 in its place is refused",
        "the control with its HMAC-SHA1 in the signature's place",
        "The sender of a request chooses the hash, or an older scheme was left open. A forger takes the weakest one \
         that passes, and the stronger protects nothing.",
        "accept the one hash that the scheme names, and drop the older header or version"),
    refuses("old-timestamp", "an old timestamp is refused",
        "the control signed with a timestamp older than the scheme allows",
        "A delivery that leaked from a log or a proxy can be sent again at any time. Its signature stays good, and \
         what it orders is done twice.",
        "compare the signed timestamp with the clock, and answer 401 beyond the tolerance"),
    refuses("future-timestamp", "a timestamp in the future is refused",
        "the control signed with a timestamp further ahead than the scheme allows",
        "A negative age slips through a check for deliveries that are too old. What a sender with a wrong clock \
         signed can be replayed until that moment is past.",
        "compare the absolute difference between timestamp and clock with the tolerance"),
    refuses("first-half", "a signature that is right in its first half only is refused",
        "the control with the second half of its signature changed",
        "Only a part of the signature is compared. A forger has that much less to guess.",
        "compare the whole signature: lengths first, then all bytes with a constant-time function"),
    refuses("other-header", "a signature under another provider's header is refused",
        "the control with its signature under another provider's header and none under its own",
        "A signature is taken from wherever one is found. Where providers share the code, the weakest scheme among \
         them opens all the others.",
        "read the one header that the provider documents, chosen by the route and not by what came"),

    refuses("empty-signature", "an empty signature is refused",
        "the control with its signature header left empty",
        "Code that asks only whether the header is there lets it pass, or throws on comparing. Uncaught, the error \
         is a 500 or the end of the process, at one request from anyone.",
        "treat an empty header as a missing one, and answer 401"),
    refuses("short-signature", "a signature of a few characters is refused",
        "the control with a few characters in the signature's place",
        "Some constant-time functions throw on unequal lengths, as timingSafeEqual does. Uncaught, that is a 500 or \
         the end of the process, at one request from anyone.",
        COMPARE),
    refuses("one-short", "a signature without its last character is refused",
        "the control with the last character of its signature cut off",
        "A comparison that ends with the shorter value lets any beginning pass; one that throws makes a 500 or ends \
         the process. Anyone can send that request.",
        COMPARE),
    refuses("not-encoded", "a signature of the right length that decodes to nothing is refused",
        "the control with a signature of the right length that is neither hexadecimal nor base64",
        "A guard that counts characters lets it pass, the decoder yields fewer bytes, and the comparison throws: a \
         500 for anyone who asks. Published sample code has this flaw.",
        COMPARE),
    refuses("non-ascii", "a signature with bytes beyond ASCII is refused",
        "the control with bytes beyond ASCII in its signature",
        "Python's compare_digest raises on such text, and elsewhere characters no longer count as bytes. Uncaught, \
         that is a 500 that anyone can cause as often as they like.",
        "turn both sides into bytes before comparing, and answer 401 where that fails"),
    refuses("malformed", "an unsigned body that is not JSON is refused",
        "a body that is not JSON, without a signature",
        "A parser that runs before the verification takes input from anyone. Where its error is not caught, one \
         request is a 500 or the end of the process.",
        "verify the raw bytes first, parse what passed, and catch what the parser throws"),

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

/// What a receiver did amiss, told.
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

/// Every finding. The first four are those of a control that was refused and sent again another way.
#[rustfmt::skip]
pub static FINDINGS: &[Finding] = &[
    found("control-unsigned", "refused the control as signed and accepted it without a signature",
        "A signature is checked only where there is one. The provider's deliveries fail on the secret or the scheme, \
         and a forger leaves the header out.",
        "answer 401 where the header is missing, then compare the secret on both sides"),
    found("control-empty-key", "refused the control as signed and accepted it signed with an empty key",
        "The secret is not set where the receiver runs, and its code fell back to an empty key. Every delivery of \
         the provider fails, and anyone can forge one.",
        "set the secret where the receiver runs, and refuse to start without it"),
    found("control-undefined", "refused the control as signed and accepted it signed with the key undefined",
        "The secret's variable is not set, and its absence was turned into text. Every delivery of the provider \
         fails, and anyone can forge one.",
        "set the secret where the receiver runs, and refuse to start without it"),
    found("control-upper-case", "refused the control as signed and accepted it with its digits in upper case",
        "The receiver writes its own digest in upper case and compares texts. The provider writes lower case, so \
         every delivery fails.",
        "decode both sides and compare bytes, or write the digest in lower case"),

    found("accepted", "accepted what it must refuse", "", ""),
    found("refused", "refused what it must accept", "", ""),
    found("wrong-answer", "gave another answer than the documented one", "", ""),
    found("odd-refusal", "refused with a status other than 400, 401, 403 or a documented one",
        "404, 419 or 422 come from a router, a CSRF check or a schema more often than from a verification, and 410 \
         tells some senders to disable the endpoint. The refusal may not be the signature's.",
        "answer 401 where the signature is missing or wrong, before any other check"),
    found("parses-before-verifying", "answered 400 to an unsigned body that is not JSON, where 401 is documented",
        "400 suggests that the body is parsed before its signature is checked. Input from anyone then reaches the \
         parser, and what is hashed may be a copy of what came.",
        "verify the raw bytes first, and parse only what passed"),
    found("redirect", "answered with a redirect",
        "Senders count a redirect as a failure, or follow it with a GET that has no body. The deliveries are lost, \
         often with nothing in the receiver's log.",
        "give the provider the final address (scheme, host, slash), or exempt the path from redirects and login"),
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

#[cfg(test)]
mod tests {
    use super::{CASES, FINDINGS};

    #[test]
    fn case_ids_are_unique_and_every_case_is_told() {
        let ids: Vec<&str> = CASES.iter().map(|case| case.id).collect();
        assert_names(&ids);
        for case in CASES {
            for clause in [case.title, case.sent, case.fix] {
                assert_clause(case.id, clause);
            }
            assert_sentences(case.id, case.why);
        }
    }

    #[test]
    fn finding_codes_are_unique_and_each_has_its_own_words_or_none() {
        let codes: Vec<&str> = FINDINGS.iter().map(|finding| finding.code).collect();
        assert_names(&codes);
        for finding in FINDINGS {
            assert_clause(finding.code, finding.did);
            assert_eq!(finding.why.is_empty(), finding.fix.is_empty(), "{} is half told", finding.code);
            if !finding.why.is_empty() {
                assert_sentences(finding.code, finding.why);
                assert_clause(finding.code, finding.fix);
            }
        }
    }

    fn assert_names(names: &[&str]) {
        for (index, name) in names.iter().enumerate() {
            assert!(!names[..index].contains(name), "{name} stands twice");
            let sound = |word: &str| {
                !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
            };
            assert!(name.split('-').all(sound), "{name} is not kebab-case");
        }
    }

    /// A clause follows a colon or a dash: it begins small and ends open.
    fn assert_clause(name: &str, clause: &str) {
        assert_plain(name, clause);
        assert!(clause.starts_with(|first: char| !first.is_uppercase()), "{name}: {clause:?} begins large");
        assert!(!clause.ends_with(['.', ',', ':', ';', '!', '?']), "{name}: {clause:?} ends with a mark");
    }

    fn assert_sentences(name: &str, text: &str) {
        assert_plain(name, text);
        assert!(text.ends_with('.'), "{name}: {text:?} lacks its full stop");
        for sentence in text.split(". ") {
            assert!(sentence.starts_with(|first: char| !first.is_lowercase()), "{name}: {sentence:?} begins small");
        }
    }

    fn assert_plain(name: &str, text: &str) {
        assert!(!text.is_empty() && text.trim() == text, "{name}: {text:?} is empty or has blanks around it");
        assert!(text.is_ascii() && !text.contains("  ") && !text.contains('\n'), "{name}: {text:?} is not plain");
    }
}
