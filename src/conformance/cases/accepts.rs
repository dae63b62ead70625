//! Texts of the cases that a receiver must accept.

use super::{Case, Level, RAW, accepts};

#[rustfmt::skip]
pub(super) const ACCEPTS: &[Case] = &[
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
    accepts(Level::Should, "address-query", "an address with a query is accepted",
        "the control to the address with hookproof=1&text=a%20b in its query, signed over that address, after one with \
         another Host, which tells whether the receiver builds the address from the request",
        "The provider signs the address with its query. A receiver that builds it from the path alone refuses every \
         delivery once the address that the provider has gets a query, as for a tenant or a token.",
        "build the address from the request line as it came, such as request.originalUrl or $_SERVER['REQUEST_URI']"),
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
];
