//! The stable names of causes, each with its story.
//!
//! A code says what the signer, or the user's code, did, seen from the bytes that were given.

use super::ValueOf;

/// What can be wrong, as a stable name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code(pub &'static str);

/// A cause, told.
#[derive(Debug)]
pub struct Story {
    /// The stable name.
    pub code: Code,
    /// What was signed or computed instead, for "matches if ...".
    pub change: &'static str,
    /// How it comes about.
    pub story: &'static str,
    /// The one line that mends it.
    pub advice: &'static str,
}

impl Story {
    /// The line for the one who asks. What the user's own code must do differs from what may have happened
    /// to a capture, or at the sender.
    pub fn advice_to(&self, origin: ValueOf) -> &'static str {
        let code = self.code.0;
        match origin {
            ValueOf::OwnCode => self.advice,
            ValueOf::Sender => TO_RECEIVER
                .iter()
                .find(|(known, _)| *known == code)
                .map_or_else(|| if code.starts_with("body-") { COPY } else { self.advice }, |(_, advice)| advice),
        }
    }
}

/// What is the matter where the body that was given is not the one that was signed.
const COPY: &str = "what you verify is not what was signed: capture the raw bytes, as `listen --json` does, before anything \
                    formats or decodes them; if these are the raw bytes, the sender signs another form than it sends";

/// The lines for one who received a signature, where they are others than for one who computed it.
const TO_RECEIVER: &[(&str, &str)] = &[
    (
        "body-newline-added",
        "the signed body ends with a line end that this one lacks: an editor, $(...) or curl -d cut it; capture with --data-binary or `listen --json`",
    ),
    (
        "body-newline-lost",
        "this body has a line end that the signed one lacks: an editor or echo added it; save the capture without it",
    ),
    ("body-bom-added", "the sender signs a byte order mark that this body lacks: keep it in the capture"),
    ("body-bom-lost", "an editor put a byte order mark before the capture: save it as UTF-8 without one"),
    ("body-base64", "the sender signs the base64 of the body: verify that text, not what it decodes to"),
    ("body-empty", "the sender signs an empty body: its signing code runs before the body is written"),
    ("body-placeholder", "the sender signs a placeholder: its signing code runs before the body is written"),
    ("body-form", "the sender posts a form and signs the form: verify the form as it came, not the JSON inside"),
    (
        "body-form-of-json",
        "the sender posts a form and signs it: capture the form as it came, not the JSON of its fields",
    ),
    ("body-utf16-decoded", "the given body is UTF-16: save the capture as UTF-8 or binary, not with PowerShell's >"),
    ("body-unzipped", "the sender signs the body before it compresses it: decompress by Content-Encoding, then verify"),
    (
        "body-zipped",
        "the sender signs the compressed bytes: capture and verify the body before anything decompresses it",
    ),
    ("body-python-bytes", "the sender signs the text b'...' that Python prints: its code lacks a decode(); report it"),
    ("body-buffer", "the sender signs the text of a buffer instead of its bytes: report it to the sender"),
    ("body-printed", "the sender signs the printed form of a parsed value: report it to the sender"),
    (
        "key-variable-name",
        "the sender signs with the name of a variable instead of its value; anyone could sign like that",
    ),
    ("key-empty", "the sender signs with an empty key: its secret is not set; anyone could sign like that"),
    ("key-undefined", "the sender signs without its secret: its variable is not set"),
    (
        "content-with-timestamp",
        "the sender signs more than the body: is it this provider, and this version of its scheme?",
    ),
    ("content-with-id", "the sender signs more than the body: is it this provider, and this version of its scheme?"),
    ("content-with-url", "the sender signs more than the body: is it this provider, and this version of its scheme?"),
    (
        "body-beyond-length",
        "the sender's Content-Length is too small, as where it counts characters: it has to be the number of bytes; till \
         then no receiver gets the whole body",
    ),
    (
        "body-cut-short",
        "what you verify is longer than what was signed: take just the bytes that Content-Length announces",
    ),
    ("digest-sha1", "this is the value of an older header, or the sender uses SHA-1: look for the SHA-256 one"),
];

/// The story of a code.
pub fn story(code: &str) -> Option<&'static Story> {
    STORIES.iter().find(|story| story.code.0 == code)
}

/// Returns whether a cause is rare, so that it is not combined with two more. Each takes time from the commoner ones.
pub(super) fn is_rare(code: &str) -> bool {
    #[rustfmt::skip]
    const RARE: &[&str] = &[
        "body-form-rewritten", "body-form-sorted", "body-form-unescaped", "body-form-json", "body-form-of-json",
        "body-multipart-json", "body-multipart-form", "body-multipart-part", "body-multipart-ends", "body-python-bytes",
        "body-buffer", "body-hex", "body-printed", "body-low-bytes", "body-windows-1252", "body-mojibake-undone",
        "body-utf16-decoded", "body-double-decoded", "body-slashes-added", "body-slashes-stripped", "body-entities",
        "body-entities-resolved", "body-zipped", "body-chunks",
        "key-variable-name", "key-assignment", "key-json", "key-entities", "key-quoted", "key-percent", "key-case",
        "key-bom", "key-utf16", "key-hashed", "key-twice",
        "content-query-order", "content-query-encoding", "content-query-part", "content-query-fields", "content-header",
    ];
    RARE.contains(&code)
}

const fn told(code: &'static str, change: &'static str, story: &'static str, advice: &'static str) -> Story {
    Story { code: Code(code), change, story, advice }
}

const RAW: &str = "hash the bytes as they came in, before anything parses, decodes or prints them";

/// Every cause that the search knows, the likelier first within its kind.
#[rustfmt::skip]
pub const STORIES: &[Story] = &[
    told("body-json-stringify", "the body is parsed and written again as JSON.stringify does",
        "A framework parsed the body before the handler ran, and the handler hashed JSON.stringify of the result. Most deliveries survive that unchanged, so it fails only now and then: on 1.0, on \\/, on numeric keys. Some official libraries do it themselves where they get an object instead of the raw body: give them the raw body.", RAW),
    told("body-compact", "the white space between the tokens is left out",
        "One side hashed the body without white space. Some providers document that they sign the compact form.", RAW),
    told("body-pretty", "the body is indented",
        "One side hashed an indented form: a pretty-printer, an editor, or a log viewer stood in between.", "verify the bytes that were sent, not a copy that was formatted to be read"),
    told("body-python-dumps", "the body is written again as Python's json.dumps does",
        "The handler hashed json.dumps of the parsed body. By default it puts a space after commas and colons and writes non-ASCII as \\u escapes.", "hash request.body or await request.body(), not json.dumps of the parsed object"),
    told("body-keys-sorted", "the keys are sorted",
        "One side sorts the keys before it hashes, as canonical forms do.", RAW),
    told("body-go-marshal", "the body is written again as Go's json.Marshal does",
        "The handler unmarshalled into a map and marshalled it again: keys are sorted, and <, > and & are escaped.", "read the body with io.ReadAll once, hash it, then unmarshal the same bytes"),
    told("body-php-json-encode", "the body is written again as PHP's json_encode does",
        "The handler hashed json_encode of the decoded body: slashes become \\/ and non-ASCII becomes \\u escapes.", "hash file_get_contents('php://input')"),
    told("body-ruby-json", "the body is written again as Ruby or Rails does",
        "The handler hashed to_json of the parsed parameters; Rails escapes <, > and &.", "hash request.raw_post"),
    told("body-numbers", "the numbers are written another way",
        "A parser rewrote numbers: 1.0 to 1, 1E2 to 100, long integers to the nearest double.", RAW),
    told("body-slashes-escaped", "each / is written \\/",
        "PHP's json_encode escapes slashes unless told otherwise.", RAW),
    told("body-slashes-unescaped", "each \\/ is written /",
        "The sender escapes slashes, and what was hashed has them bare: the body was parsed and written again.", RAW),
    told("body-unicode-escaped", "non-ASCII characters are written as \\u escapes",
        "The sender signs the escaped form, or the body went through a writer that escapes non-ASCII.", RAW),
    told("body-unicode-unescaped", "\\u escapes are written as characters",
        "The sender escapes non-ASCII, and what was hashed has the characters themselves.", RAW),
    told("body-html-escaped", "<, > and & are written as \\u escapes",
        "Go and Rails escape these so that JSON may stand in HTML.", RAW),
    told("body-html-unescaped", "\\u003c, \\u003e and \\u0026 are written as characters",
        "The sender escapes <, > and &, and what was hashed has them bare.", RAW),
    told("body-newline-added", "a line end follows the body",
        "An editor, echo or a heredoc ends its output with a newline; the other side has none.", "use printf or --data-binary, and save captures without a final newline"),
    told("body-newline-lost", "the line end at the end is left out",
        "A tool cut the final newline: curl -d, a shell's $(...), or trim().", "send files with curl --data-binary, and hash without trimming"),
    told("body-crlf", "line ends are CR LF",
        "One side has Windows line ends: git's autocrlf, an editor, or a sender that signs CR LF.", "keep the file out of line-end conversion, or capture it as binary"),
    told("body-lf", "line ends are LF",
        "The capture has Windows line ends that the signed body had not.", "keep the file out of line-end conversion, or capture it as binary"),
    told("body-newlines-lost", "all line ends are left out",
        "curl -d @file takes every newline out of the file.", "send files with curl --data-binary"),
    told("body-trimmed", "white space at both ends is left out",
        "The body went through trim() or strip().", RAW),
    told("body-bom-added", "a byte order mark stands before the body",
        "An editor saved the file with a byte order mark.", "save the file as UTF-8 without a byte order mark"),
    told("body-bom-lost", "the byte order mark is left out",
        "A decoder took the byte order mark away before hashing: TextDecoder, Python's utf-8-sig, and libraries that turn a Buffer into a string do.", RAW),
    told("body-latin1", "the body's characters are encoded in Latin-1",
        "The text was encoded as ISO-8859-1, one byte a character.", "encode as UTF-8, or better: hash the bytes and decode later"),
    told("body-mojibake", "the bytes are read as Latin-1 and written as UTF-8",
        "The bytes were decoded with the wrong character set: é became Ã©.", "hash bytes, not a string; a string has been through a decoder"),
    told("body-non-ascii-replaced", "non-ASCII characters are replaced",
        "The bytes were decoded as ASCII: each other byte or character became ? or U+FFFD.", "hash bytes, not a string; a string has been through a decoder"),
    told("body-utf16", "the body is encoded in UTF-16",
        "The string was hashed as UTF-16, which is how .NET and Java hold it.", "encode as UTF-8 before hashing"),
    told("body-base64", "the body is in base64",
        "A gateway hands bodies over in base64 (isBase64Encoded), and that text was hashed.", "decode the base64 first"),
    told("body-base64-decoded", "the body is decoded from base64",
        "The capture holds base64 of what was signed.", "decode the base64 before verifying"),
    told("body-form", "the body stands in a form field named payload",
        "The sender posts a form, payload=..., and signs the form; what was given is the JSON inside it.", "hash the form as it came, or choose application/json at the provider"),
    told("body-form-rewritten", "the form is parsed and written again",
        "A framework parsed the form before the handler ran, and the handler encoded the fields again. Libraries differ in which of ! ' ( ) * ~ they escape, in + or %20 for a space, and in the case of the digits, so it fails only for some texts.", "hash the form's bytes as they came: express.raw or verify of express.urlencoded, request.get_data() before request.form, php://input, a filter before Spring's parameters"),
    told("body-form-sorted", "the form's fields are sorted and written again",
        "Go's url.Values.Encode, Rails' to_query and canonical forms sort the fields by name.", "read the form's bytes once, hash them, then parse the same bytes"),
    told("body-form-unescaped", "the form is decoded",
        "The form was decoded before it was hashed: %2F became / and + became a space.", "hash the form as it came, with its escapes"),
    told("body-form-json", "the form's fields are written as JSON",
        "The framework parsed the form into an object, and the handler hashed that object as JSON.", "hash the form's bytes as they came, not the parsed object"),
    told("body-form-of-json", "the fields are written as a form",
        "The sender posts a form and signs the form; what was given is the JSON that a framework or a log made of its fields.", "hash the form as it came"),
    told("body-multipart-json", "the fields of the multipart body are written as JSON",
        "A multipart parser gave the handler an object, and the handler hashed that object as JSON.", "keep the raw bytes beside the multipart parser, and hash those"),
    told("body-multipart-form", "the fields of the multipart body are written as a form",
        "A multipart parser gave the handler fields, and the handler encoded them as a form.", "keep the raw bytes beside the multipart parser, and hash those"),
    told("body-multipart-part", "one part of the multipart body is taken alone",
        "The handler hashed a field or a file of the multipart body.", "hash the whole body with its boundaries, as it came"),
    told("body-multipart-ends", "the multipart body is cut at its boundaries",
        "A proxy or a parser took away what stands before the first boundary or after the last one.", "hash the whole body, with the line end after its last boundary"),
    told("body-form-decoded", "the value of the form's payload field is taken",
        "What was given is the form, and the JSON inside it was hashed.", RAW),
    told("body-double-encoded", "the body is a JSON string that holds the body",
        "JSON.stringify was called on a string: quotes around, and quotes inside escaped.", RAW),
    told("body-empty", "the body is empty",
        "Something read the stream first: a JSON parser, a CSRF check, a logger. What was left to hash is nothing.", "read the raw body before any parser; most frameworks have an option that keeps it"),
    told("body-placeholder", "a placeholder stands in for the body",
        "What was hashed is {}, null, undefined, [object Object] or [object Promise]: the body had been parsed, or not yet read.", "read the raw body before any parser; most frameworks have an option that keeps it"),
    told("body-python-bytes", "the body is printed as Python prints bytes",
        "str() of bytes gives b'...' with escapes inside, and that text was hashed. str() needs an encoding to decode.", "pass the bytes themselves to hmac, without str() or an f-string"),
    told("body-buffer", "the body's bytes are printed as a list or a buffer",
        "JSON.stringify, a template or toString turned a Buffer or an array of bytes into text, and that text was hashed.", "pass the Buffer or byte array itself to the HMAC"),
    told("body-hex", "the body is in hexadecimal",
        "The bytes were written as hexadecimal digits, and that text was hashed.", "hash the bytes, not their digits"),
    told("body-printed", "the parsed body is printed as a language prints its values",
        "The body was parsed, and the handler hashed str(), to_s or toString of the result.", "hash the raw bytes, not the text of the parsed object"),
    told("body-chunks", "a character is cut in two between two chunks",
        "Each chunk of the body was turned into text by itself, as body += chunk does in Node: a character between two chunks became U+FFFD. It fails only for long bodies, and only now and then.", "collect the chunks as bytes, Buffer.concat(chunks), and decode once"),
    told("body-low-bytes", "only the low bits of each character are kept",
        "A loop over charCodeAt, CryptoJS's Latin1 or Node's 'binary' and 'ascii' encodings keep eight or seven bits of each character.", "hash bytes, not a string; or encode the string as UTF-8"),
    told("body-windows-1252", "the body's characters are encoded in Windows-1252",
        "The text was encoded in the system's code page, as PowerShell and .NET's Encoding.Default do on Windows.", "encode as UTF-8, or better: hash the bytes and decode later"),
    told("body-mojibake-undone", "text that was read in the wrong character set is set right",
        "The given body was decoded with the wrong character set on its way: é became Ã©. The signed one was not.", "capture the raw bytes, or read them as UTF-8"),
    told("body-utf16-decoded", "the body is decoded from UTF-16",
        "The given body is UTF-16, as PowerShell's > and Out-File write it; the signed one is UTF-8.", "save the capture as UTF-8 or binary: Set-Content -Encoding utf8, or curl -o instead of >"),
    told("body-double-decoded", "the body is a JSON string, and the text in it is taken",
        "What was given is JSON inside a JSON string; what was signed is the JSON itself.", "take the string's text, or the bytes before they were encoded again"),
    told("body-slashes-added", "a backslash stands before each quote and backslash",
        "addslashes, WordPress and old PHP put backslashes before quotes in what they receive.", "hash file_get_contents('php://input'), not $_POST"),
    told("body-slashes-stripped", "the backslashes before quotes are taken out",
        "stripslashes or wp_unslash took backslashes out that belong to the JSON.", "hash file_get_contents('php://input') before anything strips it"),
    told("body-entities", "quotes, <, > and & are written as HTML entities",
        "A sanitizer such as htmlspecialchars, xss-clean or validator.js escaped the body for HTML.", "hash the raw bytes before any sanitizer"),
    told("body-entities-resolved", "HTML entities are resolved",
        "The given body has HTML entities that the signed one has not: it was copied from a page, or a sanitizer wrote them.", "take the raw bytes, not a copy that was made for a page"),
    told("body-unzipped", "the body is decompressed",
        "The given body is compressed, and the signature covers what is inside.", "decompress by Content-Encoding before hashing"),
    told("body-zipped", "the body is compressed",
        "The signature covers the compressed bytes; a server, a proxy or a client library decompressed them first.", "hash the bytes before they are decompressed: turn automatic decompression off for this route"),

    told("key-newline", "the key differs by a line end at its end",
        "A secret read from a file or pasted keeps its newline on one side only.", "trim the secret where it is read"),
    told("key-whitespace", "the key differs by white space around it",
        "A blank was copied along with the secret.", "trim the secret where it is read"),
    told("key-quotes", "the key differs by quotes around it",
        "A .env file or a compose file keeps quotes as part of the value.", "take the quotes out of the variable"),
    told("key-prefix", "the key differs by its prefix",
        "A prefix such as whsec_ was cut off, or was not.", "use the secret as the provider shows it, and let its library handle the prefix"),
    told("key-decoded", "the key is decoded first",
        "The secret looks like base64 or hexadecimal and was decoded, though its text is the key.", "use the secret's text as the key, undecoded"),
    told("key-not-decoded", "the key is taken as text",
        "The secret's text was used as the key, though the scheme decodes it first.", "decode the secret as the provider describes"),
    told("key-encoded", "the key is encoded first",
        "The secret was turned into base64 or hexadecimal before it was used.", "use the secret's text as the key"),
    told("key-escapes", "escapes in the key are resolved",
        "A \\n in the variable was turned into a line end, or a line end was written as \\n.", "give the secret literally, in single quotes"),
    told("key-cut", "the key is cut short",
        "An unquoted # began a comment, or an unquoted $ was expanded, in the file that holds the secret.", "put the secret in single quotes"),
    told("key-empty", "the key is empty",
        "The variable was not set where the code ran, and the code fell back to an empty key. Anyone can sign with that.", "set the secret, and refuse to start without it"),
    told("key-undefined", "the key is a text that stands for nothing",
        "The variable was not set, and its absence was turned into text: undefined, null or None.", "set the secret, and refuse to start without it"),
    told("key-variable-name", "the name of a variable is the key",
        "The variable's name was used instead of its value: quotes around it, a template that was not filled, or a missing lookup.", "look the variable up, and refuse to start if the result is its own name"),
    told("key-assignment", "the whole line of the .env file is the key",
        "The secret was taken together with the name in front of it.", "take what follows the ="),
    told("key-json", "the key differs by JSON around it",
        "A secret store such as AWS Secrets Manager hands over a JSON object, and the text of that object was used as the key.", "parse the JSON and take the value"),
    told("key-entities", "the key differs by HTML entities",
        "The secret went through a form or a page that writes < > & as &lt; &gt; &amp;, on one side only. WordPress and WooCommerce store options so.", "use a secret of letters and digits, or undo the escaping where the secret is read"),
    told("key-quoted", "the key differs by the way it is quoted",
        "A shell, a compose file, YAML or SQL doubles or escapes some characters, and this was done or undone on one side only.", "put the secret in single quotes, or use one of letters and digits"),
    told("key-percent", "the key differs by percent-encoding",
        "The secret stood in an address or a form: its special characters were encoded, or decoded, on one side only.", "use the secret as the provider shows it, and not as an address has it"),
    told("key-case", "the key differs by upper and lower case",
        "The secret was turned into lower or upper case on its way.", "keep the secret as it is"),
    told("key-bom", "the key differs by a byte order mark",
        "The file that holds the secret was saved with a byte order mark.", "save the file as UTF-8 without a byte order mark"),
    told("key-utf16", "the key is encoded in UTF-16",
        "The secret's text was turned into bytes as UTF-16: .NET's Encoding.Unicode, or a file that PowerShell wrote.", "encode the secret as UTF-8"),
    told("key-hashed", "the key is hashed first",
        "A digest of the secret was used as the key.", "use the secret's text as the key"),
    told("key-twice", "the key is written twice",
        "The secret was pasted twice.", "paste the secret once"),
    told("key-other", "another secret at hand is the key",
        "The delivery is signed with the secret of another provider or endpoint.", "give each endpoint its own secret"),

    told("content-no-timestamp", "the timestamp is left out of what is signed",
        "The scheme signs a timestamp together with the body, and it was not hashed.", "sign the parts that the scheme names, in its order"),
    told("content-timestamp-form", "the timestamp is signed in another form",
        "The scheme signs the timestamp as it stands in the delivery; it was parsed and written anew before it was hashed.", "hash the timestamp's text as it came"),
    told("content-no-id", "the delivery's id is left out of what is signed",
        "The scheme signs the delivery's id together with the body, and it was not hashed.", "sign the parts that the scheme names, in its order"),
    told("content-no-url", "the address is left out of what is signed",
        "The scheme signs the address together with the body, and it was not hashed.", "sign the parts that the scheme names, in its order"),
    told("content-no-method", "the request method is left out of what is signed",
        "The scheme signs the request method too, and it was not hashed.", "sign the parts that the scheme names, in its order"),
    told("content-body", "the body is signed, which this scheme does not sign",
        "The scheme signs other values that come with the delivery, and not the body itself; the body was hashed.", "sign the parts that the scheme names, in its order"),
    told("content-address", "another form of the address is signed",
        "Behind a proxy or a tunnel the code sees another address than the sender used: http for https, another host, a port, a slash or a query more or less.", "give the code the public address that the provider was told, to the letter"),
    told("content-query-order", "the address's parameters stand in another order",
        "The sender signs the address as it was given, and the query was sorted or reordered before it was sent or before it was hashed.", "verify over the address that the provider was told, to the letter; best give it parameters in the order of their names"),
    told("content-query-encoding", "the address's query is encoded another way",
        "The query was decoded, or decoded and encoded again: + and %20, %2F and /, the case of the digits.", "hash the query as it stands in the request line, not the parsed parameters"),
    told("content-query-part", "a parameter of the address is left out",
        "A proxy, a tunnel or a tracker added a parameter, or the framework took one away.", "give the code the public address that the provider was told, to the letter"),
    told("content-query-fields", "the query's parameters stand among the form's fields",
        "Servlets and PHP's $_REQUEST give the parameters of query and form together, and both were hashed.", "take the form's fields alone, and leave the query in the address"),
    told("content-form", "the body as it stands is signed in the place of its sorted fields",
        "The scheme signs the decoded fields of the form, sorted by name; the encoded body was hashed.", "sort the decoded fields and join each name with its value"),
    told("content-header", "the value of a header is signed, and not the body",
        "The arguments of the function that signs were mixed up: a header's value was given in the place of the body, often the signature itself.", "give the body as the message"),
    told("content-separator", "something else stands between the parts that are signed",
        "The right parts were joined with another character, or the version before them was left out.", "join the parts as the scheme writes them"),
    told("content-order", "the parts that are signed stand in another order",
        "The right parts were joined in another order.", "join the parts in the scheme's order"),
    told("content-with-timestamp", "a timestamp is signed together with the body",
        "What was hashed has the timestamp in it as another provider's scheme has it.", "hash what this provider's scheme names and no more"),
    told("content-with-id", "an id is signed together with the body",
        "What was hashed has the delivery's id in it as another provider's scheme has it.", "hash what this provider's scheme names and no more"),
    told("content-with-url", "the address is signed together with the body",
        "What was hashed has the request's address or method in it as another provider's scheme has it.", "hash what this provider's scheme names and no more"),
    told("content-with-secret", "the secret is part of what is hashed",
        "The secret was put before or after the body and hashed without a key.", "use HMAC, with the secret as its key"),

    told("body-beyond-length", "the body goes on behind its announced length",
        "Content-Length counts bytes. A sender that counts characters announces too little where the body has é or an emoji, and the receiver gets only the beginning of what was signed.", "set Content-Length to the number of bytes (Buffer.byteLength, strlen, len of the encoded text)"),
    told("body-cut-short", "the body ends early",
        "Fewer bytes were hashed than there are: code that takes a length in characters for one in bytes cuts bodies with é or an emoji.", "hash all bytes of the body; take lengths of bytes, not of strings"),
    told("timestamp-unit", "the timestamp is read in another unit",
        "The digest is right and covers the timestamp as it came; the timestamp counts in another unit than the scheme's, so its age can't be judged.", "write the timestamp in the unit that the scheme names; Date.now() gives milliseconds, most schemes have seconds"),
    told("timestamp-form", "the timestamp is read in another form",
        "The digest is right and covers the timestamp as it came; the timestamp is written in another form than the scheme's, so its age can't be judged.", "write the timestamp as the scheme does"),
    told("signature-earlier", "the body of an earlier delivery is verified with it",
        "A retry has another body than the first attempt, such as a counter of attempts, and still the first one's signature. The secret is right: the same value was verified before.", "sign each attempt over the body that it sends, or send the first attempt's body again unchanged"),
    told("value-several", "one of the several values in the header is taken",
        "The header holds several signatures in one value: the sender rolls its secret, two hops sign, or a proxy joined two headers with a comma. One of them is right.", "split the value at its commas and accept the delivery if any part matches"),
    told("value-list", "the items of the value are separated as the scheme separates them",
        "The value is a list, and something stands between its items that the scheme does not have there.", "write the header as the provider documents it, and split it as documented"),
    told("value-cut", "the rest of the value is restored",
        "A part of the right digest came, to the letter, so secret and body are right. A log, a column of a database, a terminal or a variable kept only that part.", "copy or store the whole value; a hexadecimal SHA-256 has 64 characters, one in base64 44"),
    told("value-altered", "a few characters of the value are put right",
        "Nearly all characters of the right digest came, and in their places, so secret and body are right. The value was mistyped or altered on its way; some providers spoil one on purpose to see whether receivers check it.", "copy the value again; if it came like that, refuse it: the provider may be testing the receiver"),
    told("value-surrounded", "what stands around the digest is left out",
        "The right digest came with other characters around it, so secret and body are right.", "copy the digest alone, as the header has it"),
    told("value-case-lost", "the case of the letters is restored",
        "The right digest in base64 came in lower or upper case, and base64 tells the two apart. Something normalised the value.", "keep header values as they come; only names of headers may change their case"),
    told("value-percent-encoded", "the value is decoded from %XX",
        "The right value was encoded for an address, where + is %2B, / is %2F and = is %3D.", "decode the value once before comparing, or take it from the header instead of from an address"),
    told("value-plus-lost", "each space in the value is read as +",
        "The right base64 went through a decoder of forms or addresses, which turns + into a space.", "take the value from the header as it came, or encode + as %2B first"),
    told("value-line-break", "line breaks and white space in the value are left out",
        "The right value was wrapped: base64 printed in lines of 64 or 76 characters, or copied from a narrow window.", "write the value on one line (base64 -w0, openssl base64 -A)"),
    told("value-escaped", "escapes in the value are resolved",
        "The right value was escaped for HTML, JSON or a shell: + stands as &#43;, / as \\/, = as \\u003d.", "take the value from where it is not escaped"),
    told("value-header-line", "the header's name before the value is left out",
        "A whole header line was given where its value was expected.", "give what follows the colon"),
    told("value-invisible", "invisible characters in the value are left out",
        "A byte order mark, a no-break or zero-width space or a control character came along when the value was copied or read from a file.", "copy the value from a source without formatting, and trim it"),

    told("digest-base64", "the digest is written in base64",
        "The digest is right and written in base64, or in another kind of base64 than the scheme's.", "encode the digest as the scheme writes it"),
    told("digest-hex", "the digest is written in hexadecimal",
        "The digest is right and written in hexadecimal; this scheme writes base64.", "encode the digest's bytes as base64"),
    told("digest-base64-of-hex", "the hexadecimal digest is written in base64 once more",
        "The hexadecimal text was taken for bytes and encoded again.", "encode the digest once"),
    told("digest-hex-as-base64", "the hexadecimal digest is decoded as hexadecimal and not as base64",
        "The digest's hexadecimal digits were given to a decoder of base64, as in PHP's base64_decode(hash_hmac(...)). They are valid base64, so nothing fails, and other and more bytes come out.", "compare the hexadecimal texts, or get the bytes by hex2bin() or with true as the last argument of hash_hmac()"),
    told("digest-upper-case", "the digits are in upper case",
        "The digest is right, and its digits are in upper case.", "write the digits in lower case, or compare bytes"),
    told("digest-prefix", "the digest stands with another prefix, or without its own",
        "The digest is right; what stands before it is not what the scheme writes.", "write the header as the provider documents it"),
    told("digest-quoted", "the digest stands in quotes or white space",
        "The digest is right, and was wrapped on the way.", "write the header's value bare"),
    told("digest-separators", "the digits stand apart, or behind 0x",
        "The digest is right, and was printed the way a tool prints bytes: AB-CD, ab:cd, 0xabcd.", "write the digits in lower case and without separators"),
    told("digest-sha256", "the hash is SHA-256",
        "SHA-256 was used where the scheme has another hash.", "use the hash that the scheme names"),
    told("digest-sha1", "the hash is SHA-1",
        "The older hash was used, often that of a legacy header.", "use the hash that the scheme names, SHA-256 most likely"),
    told("digest-hmac", "an HMAC is computed",
        "The scheme hashes the secret as a part of the content; it was used as the key of an HMAC.", "hash the secret and the rest without a key"),
    told("digest-sha384", "the hash is SHA-384",
        "Another hash of the family was used.", "use the hash that the scheme names"),
    told("digest-sha512", "the hash is SHA-512",
        "Another hash of the family was used.", "use the hash that the scheme names"),
    told("digest-no-key", "the body is hashed without a key",
        "A plain hash was computed instead of an HMAC.", "use HMAC, with the secret as its key"),
    told("digest-swapped", "key and body are swapped",
        "The arguments of the HMAC were given in the wrong order.", "give the secret as the key and the body as the message"),
    told("digest-after-body", "the digest stands after the bytes of the body",
        "Go's h.Sum(b) appends the digest to b and hashes nothing: the value is the body, then the digest of what was written before.", "write the body with h.Write(body), then call h.Sum(nil)"),
    told("token-scheme", "the other mode of signing is used",
        "One side sends the secret itself as a token, the other a signature made with it.", "choose the same mode on both sides; --signature-mode says which is verified"),
];

#[cfg(test)]
mod tests {
    use super::STORIES;

    #[test]
    fn codes_are_unique_and_every_story_is_told() {
        for (index, story) in STORIES.iter().enumerate() {
            assert!(!STORIES[..index].iter().any(|other| other.code == story.code), "{} stands twice", story.code.0);
            assert!(
                story.code.0.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
            );
            assert!(
                !story.change.is_empty() && story.story.ends_with('.') && !story.advice.is_empty(),
                "{}",
                story.code.0
            );
        }
    }
}
