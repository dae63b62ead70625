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
    /// What comes twice, or late, must do no harm.
    Repeats,
    /// The receiver must live on, whatever comes.
    Survives,
    /// How the receiver answers altogether.
    Behaves,
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
            Self::Repeats => "repeats",
            Self::Survives => "survives",
            Self::Behaves => "behaves",
            Self::Alive => "alive",
        }
    }
}

impl Case {
    /// Returns true if the case's own words say why the receiver broke and how to prevent it. They then count more
    /// than the general words about a server error or a lost connection.
    pub fn explains_faults(&self) -> bool {
        const MALFORMED: [&str; 6] =
            ["empty-signature", "short-signature", "one-short", "not-encoded", "non-ascii", "malformed"];
        self.family == Family::Survives || MALFORMED.contains(&self.id)
    }

    /// Returns true if its body is signed and is not what the provider sends. No stranger can send it.
    pub fn is_signed_oddity(&self) -> bool {
        self.family == Family::Survives && (self.id.starts_with("signed-") || self.has_odd_text())
    }

    fn has_odd_text(&self) -> bool {
        matches!(self.id, "deep-nesting" | "invalid-utf8")
    }
}

/// The case of this name.
pub fn case(id: &str) -> Option<&'static Case> {
    CASES.iter().find(|case| case.id == id)
}

const fn accepts(
    level: Level,
    id: &'static str,
    title: &'static str,
    sent: &'static str,
    why: &'static str,
    fix: &'static str,
) -> Case {
    of(Family::Accepts, level, id, title, sent, why, fix)
}

const fn refuses(
    id: &'static str,
    title: &'static str,
    sent: &'static str,
    why: &'static str,
    fix: &'static str,
) -> Case {
    of(Family::Refuses, Level::Must, id, title, sent, why, fix)
}

const fn of(
    family: Family,
    level: Level,
    id: &'static str,
    title: &'static str,
    sent: &'static str,
    why: &'static str,
    fix: &'static str,
) -> Case {
    Case { id, family, level, title, sent, why, fix }
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

    of(Family::Repeats, Level::Should, "repeat", "a delivery that comes again is accepted",
        "a delivery twice, with the same id, signed anew for the second time",
        "Senders repeat what they saw no answer to, also where it was taken. A repeat that is refused is repeated \
         once more, and counts towards disabling the endpoint.",
        "remember the ids of deliveries that were worked on, and answer 2xx to one that is known"),
    of(Family::Repeats, Level::Should, "repeat-at-once", "a delivery that comes twice at the same moment is accepted",
        "a delivery twice at the same moment, with the same id",
        "A retry may overtake the first attempt, and two workers hold the same delivery. Without a lock or a unique \
         key both do the work, or the second throws.",
        "keep the id under a unique key in the database, and take its violation for a repeat"),
    of(Family::Repeats, Level::Info, "out-of-order", "a delivery older than the one before it is accepted",
        "a delivery, and after it one that happened an hour earlier",
        "Deliveries overtake each other, above all after retries. Code that takes the last to come for the newest \
         puts old values over new ones, and one that refuses old events loses them.",
        "compare the event's time with that of what is stored, and answer 2xx all the same"),

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

    of(Family::Survives, Level::Should, "signed-not-json", "a signed body that is not JSON is declined",
        "a text that is not JSON, signed as the provider signs",
        "A right signature is no promise that the body can be parsed. Where the parser's error is not caught it is a \
         500, and the sender repeats it; a 2xx says that something was done with it.",
        "catch what the parser throws, and answer 400"),
    of(Family::Survives, Level::Info, "signed-empty", "a signed body of no bytes is answered",
        "a body of no bytes, signed as the provider signs",
        "Some senders prove an address with an empty body. Frameworks make null or an empty object of it, and code \
         that reads on throws.",
        "answer 400 where there is no body, before reading fields"),
    of(Family::Survives, Level::Info, "signed-scalar", "a signed body of one number is answered",
        "the number 1, signed as the provider signs",
        "It is JSON and has no fields. Code that reads one throws, and in one published library that was the end of \
         the process.",
        "check that the body is an object before reading fields"),
    of(Family::Survives, Level::Info, "signed-array", "a signed body that is a list is answered",
        "a list of three values, signed as the provider signs",
        "It is JSON and has no fields by name. Code that reads one gets nothing, or throws.",
        "check that the body is an object before reading fields"),
    of(Family::Survives, Level::Info, "deep-nesting", "a signed body nested 10,000 deep is answered",
        "the control with an extra field of lists 10,000 deep, signed anew",
        "Parsers that call themselves run out of stack: an exception in Python, the end of the process elsewhere.",
        "limit the depth, and catch what the parser throws"),
    of(Family::Survives, Level::Info, "invalid-utf8", "a signed body that is no UTF-8 is answered",
        "the control with two bytes in a text that are no UTF-8, signed anew",
        "Cut texts and old databases yield such bytes. Decoding them throws in some languages, and silently changes \
         them in others.",
        "hash the bytes, decode them afterwards, and answer 400 where that fails"),
    of(Family::Survives, Level::Info, "get", "a GET is answered",
        "a GET without a body",
        "Browsers, uptime monitors and scanners ask by GET. A handler that takes a body for granted throws, and the \
         alarm that follows hides the ones that count.",
        "route POST alone to the handler, and answer 405 to the rest"),
    of(Family::Survives, Level::Info, "head", "a HEAD is answered",
        "a HEAD",
        "Some senders prove an address by HEAD before they save it. A 5xx says that nobody is home.",
        "let the framework answer HEAD, with 200 or 405"),
    of(Family::Survives, Level::Info, "early-close", "a connection that breaks off is survived",
        "the control up to the middle of its body, and then the connection is closed",
        "Senders time out and networks break. A body that ends early must not be worked on, and the error of reading \
         it must not end the process.",
        "read the whole body before anything else, and catch the error of a broken connection"),
    of(Family::Survives, Level::Must, "huge-unsigned", "an unsigned body of 30 MB is refused",
        "30 MB without a signature",
        "Anyone can send it, as often as they like. A receiver that keeps bodies of any size runs out of memory.",
        "limit the body to what the provider sends at most, and answer 413 above it"),
    of(Family::Survives, Level::Info, "slow-body", "a body that comes slowly is accepted",
        "the control with its body in eight pieces over two seconds",
        "Slow networks and busy senders bring a body in pieces. Code that reads once takes the first piece for the \
         whole, and its signature fails.",
        "read to the end that Content-Length states, with a time limit of some seconds"),

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
