"""Changes of what is signed and of the key: times, bodies, ids, secrets, addresses and methods."""

import base64
import hashlib

from .changes import AFTER, BEFORE, Change
from .schemes import AT, FORM

OFFSETS = (0, 1, 4, 5, 6, 7, 59, 60, 61, 179, 180, 181, 299, 300, 301, 302, 599, 899, 900, 901, 3_600, 86_400, 10**8)

# Timestamps of the present, written otherwise and signed so: T is the number of seconds or milliseconds.
STAMPS = {
    "plus sign": "+T",
    "zeros before": "0T",
    "many zeros before": "00000T",
    "decimal zero": "T.0",
    "decimals": "T.5",
    "decimal point": "T.",
    "letters behind": "Tabc",
    "underscores": "1_750_000_000",
    "exponent": "1.75e9",
    "hexadecimal": "0x684edfd0",
    "empty": "",
    "text": "now",
    "minus sign": "-T",
    "zero": "0",
    "NaN": "NaN",
    "infinity": "Infinity",
    "20 digits": "17500000000000000000",
    "full width": "１７５００００００００",
    "Arabic digits": "١٧٥٠٠٠٠٠٠٠",
    "RFC 3339": "2025-06-15T15:06:40Z",
    "HTTP date": "Sun, 15 Jun 2025 15:06:40 GMT",
    "comma": "T,0",
    "quoted": '"T"',
    "other unit": "U",
    "microseconds": "1750000000000000",
    "space before": " T",
    "space behind": "T ",
    "space inside": "17500 00000",
}

BODIES = {
    "empty": b"",
    "empty object": b"{}",
    "list": b"[]",
    "a space": b" ",
    "newline": b"\n",
    "text": "Zoë says hello".encode(),
    "white space around": b' \r\n\t{"webhookTimestamp":1750000000000}\r\n ',
    "escapes": rb'{"webhookTimestamp":1750000000000,"a":"\u00e9\/\u2028"}',
    "numbers": b'{"webhookTimestamp":1750000000000,"a":1.0,"b":1E2,"c":12345678901234567890123,"a":-0}',
    "CRLF": b'{\r\n"webhookTimestamp":1750000000000\r\n}\r\n',
    "NUL": b'{"webhookTimestamp":1750000000000,"a":"\x00"}',
    "separators": '{"webhookTimestamp":1750000000000,"a":"\u2028\u00a0\u200b"}'.encode(),
    "emoji": '{"webhookTimestamp":1750000000000,"a":"👩‍👩‍👧 🏳️‍🌈"}'.encode(),
    "combining": '{"webhookTimestamp":1750000000000,"a":"e\u0301 Å"}'.encode(),
    "100 kB": b'{"webhookTimestamp":1750000000000,"a":"' + b"x" * 100_000 + b'"}',
    "deep": b'{"webhookTimestamp":1750000000000,"a":' + b"[" * 200 + b"]" * 200 + b"}",
    "form": FORM,
    "percent": b"a=%zz&b=%&c=%C3&=&&d",
    "fields twice": b"b=2&a=1&b=1&a=1&B=x+y&c=",
}
BINARY = {
    "byte order mark": b'\xef\xbb\xbf{"webhookTimestamp":1750000000000}',
    "Latin-1": b'{"webhookTimestamp":1750000000000,"a":"Zo\xeb"}',
}

# Bodies that differ from the one that was signed.
TAMPERED = {
    "newline behind": lambda b: b + b"\n",
    "newline before": lambda b: b"\n" + b,
    "last byte gone": lambda b: b[:-1],
    "byte order mark": lambda b: b"\xef\xbb\xbf" + b,
    "one bit": lambda b: bytes([b[0] ^ 1]) + b[1:] if b else b"x",
    "upper case": lambda b: b.upper(),
    "empty": lambda b: b"",
    "twice": lambda b: b + b,
    "spaces": lambda b: b.replace(b":", b": "),
    "normal form": lambda b: b.replace("ë".encode(), "e\u0308".encode()),
    "replaced": lambda b: b.replace("ë".encode(), b"?"),
    "Latin-1": lambda b: b.replace("ë".encode(), b"\xeb"),
    "NUL behind": lambda b: b + b"\x00",
    "slashes": lambda b: b.replace(b"\\/", b"/"),
}


def setter(dimension, rule, name, when, **values):
    def apply(parts, scheme):
        for key, value in values.items():
            setattr(parts, key, value)

    return Change(dimension, rule, name, apply, when)


def times(scheme):
    """Deliveries that are old or early, and timestamps in other writings."""
    if not scheme.timed:
        return
    for offset in OFFSETS:
        for name, now in (("old", AT + offset), ("early", AT - offset)):
            if now > 0:
                yield setter("time", f"{name} deliveries", f"{offset} s {name}", AFTER, now=now)
    other = str(AT * 1000) if scheme.unit == 1 else str(AT)
    for name, text in STAMPS.items():
        text = text.replace("T", str(AT * scheme.unit)) if not text.startswith("2025") else text
        text = other if text == "U" else text
        yield setter("stamp", f"timestamp: {name}", name, BEFORE, stamp=text)
        if name in ("empty", "text", "zero", "zeros before", "space behind"):
            yield setter("stamp", f"timestamp exchanged: {name}", name, AFTER, stamp=text)
    if scheme.provider == "linear":
        number = str(AT * 1000)
        texts = {"as text": f'"{number}"', "null": "null", "list": f"[{number}]", "exponent": "1.75e12", "true": "true"}
        for name, text in texts.items():
            yield setter("stamp", f"timestamp: {name}", name, BEFORE, stamp=text)
    if scheme.stamp:
        yield setter("stamp", "no timestamp header", "none", AFTER, stamp=None)
        yield setter("stamp", "timestamp exchanged: one later", "later", AFTER, stamp=str((AT + 1) * scheme.unit))


def bodies(scheme):
    for table, rule in ((BODIES, "signed body"), (BINARY, "signed body that is no UTF-8 or has a mark")):
        for name, body in table.items() if scheme.provider != "mailgun" else ():
            yield setter("body", f"{rule}: {name}" if table is BINARY else rule, name, BEFORE, body=body)
    for name, make in TAMPERED.items():

        def apply(parts, scheme, make=make):
            parts.body = make(parts.body)

        if scheme.provider != "mailgun":
            yield Change("tampered", "tampered body", name, apply)


def ids(scheme):
    if not scheme.id:
        return
    texts = {"empty": "", "one letter": "a", "with dots": "msg.1.2", "with spaces": "msg 1", "long": "m" * 2_000}
    texts |= {"Unicode": "msg_é東", "space around": " msg_1 ", "comma": "a,b", "quotes": '"msg_1"', "slash": "a/../b"}
    for name, text in texts.items():
        yield setter("id", f"id: {name}", name, BEFORE, id=text)
        yield setter("id", "id exchanged", name, AFTER, id=text)
    yield setter("id", "no id header", "none", AFTER, id=None)


SECRETS = {
    "white space behind the secret": {"newline": "S\n", "space": "S "},
    "white space before the secret": {"space": " S", "newline": "\nS"},
    "no-break space at the secret": {"behind": "S\u00a0", "before": "\u00a0S"},
    "quoted secret": {"double": '"S"', "single": "'S'"},
    "secret of white space": {"spaces": "   "},
    "another secret": {"other": "another", "null": "null", "undefined": "undefined", "upper": "^S", "twice": "SS"},
    "secret cut": {"last letter": "S-1"},
}


def secret_of(pattern, secret):
    if pattern.startswith("^"):
        return secret.upper()
    if pattern.startswith("S-"):
        return secret[: -int(pattern[2:])]
    return pattern.replace("S", secret) if "S" in pattern else pattern


def secrets(scheme):
    """The receiver's secret written otherwise; with the sender's alike, where the secret is text."""
    for rule, patterns in SECRETS.items():
        for name, pattern in patterns.items():
            text = secret_of(pattern, scheme.secret)
            yield setter("secret", rule, name, AFTER, secret=text)
            if not scheme.public and not scheme.secret.startswith("whsec_aW"):
                yield setter("secret", f"{rule}, also at the sender", name, BEFORE, secret=text, key=text)
    if scheme.secret.startswith("whsec_aW"):
        bare = scheme.secret.removeprefix("whsec_")
        texts = {"no prefix": bare, "prefix twice": "whsec_" + scheme.secret, "v1,": "v1," + scheme.secret}
        texts |= {"no padding": scheme.secret.rstrip("="), "prefix in upper case": "WHSEC_" + bare}
        texts |= {"more padding": scheme.secret + "=", "prefix alone": "whsec_", "whsk_": "whsk_" + bare}
        texts |= {"no base64": "whsec_!!!!", "text": "my secret of tests", "space behind the prefix": "whsec_ " + bare}
        texts |= {"newline inside": scheme.secret[:20] + "\n" + scheme.secret[20:], "url-safe": "whsec_" + "-_" + bare[2:]}
        for name, text in texts.items():
            yield setter("secret", f"key: {name}", name, AFTER, secret=text)


def urls(scheme):
    """The address that the provider signs, against the one that the receiver knows."""
    if not scheme.signs_url:
        return
    base = "https://example.com/hooks/provider"
    query = "?tenant=a%20b&next=%2Fx"
    full = base + query
    same = {
        "port 443": full.replace(".com", ".com:443"),
        "port 8443": full.replace(".com", ".com:8443"),
        "port 80": full.replace(".com", ".com:80"),
        "http": full.replace("https", "http"),
        "credentials": full.replace("//", "//user:p%40ss@"),
        "user": full.replace("//", "//user@"),
        "credentials and port": full.replace("//", "//user:pass@").replace(".com", ".com:8443"),
        "fragment": full + "#top",
        "no query": base,
        "empty query": base + "?",
        "final slash": base + "/",
        "no path": "https://example.com",
        "root": "https://example.com/",
        "upper-case host": full.replace("example", "EXAMPLE"),
        "upper-case path": full.replace("hooks", "HOOKS"),
        "plus": full.replace("%20", "+"),
        "lower-case escape": full.replace("%2F", "%2f"),
        "decoded": full.replace("%2F", "/"),
        "order": base + "?next=%2Fx&tenant=a%20b",
        "dots": full.replace("hooks", "a/../hooks"),
        "two slashes": full.replace("hooks/", "hooks//"),
        "apostrophe": full + "&a='b'",
        "IPv6": full.replace("example.com", "[::1]:3000"),
        "IPv4": full.replace("example.com", "127.0.0.1"),
        "other host": full.replace("example.com", "example.org"),
        "www": full.replace("example", "www.example"),
    }
    for name, url in same.items():
        yield setter("address", f"signed address: {name}", name, BEFORE, url=url)
        yield setter("address", f"address otherwise configured: {name}", name, AFTER, url=url)

        def signed(parts, scheme, url=url):
            parts.url = url

        def back(parts, scheme, url=full):
            parts.url = url

        yield Change("address", f"address otherwise signed: {name}", name, (signed, back), "around")


def twilio_only(scheme):
    """Shared keys and JSON bodies."""
    if scheme.provider != "twilio":
        return
    settings = "X-Twilio-Webhooks-Signature-Settings"
    values = {
        "HMAC_SHA256": "key=sk_1,algorithm=HMAC_SHA256",
        "HMAC_SHA1": "key=sk_1,algorithm=HMAC_SHA1",
        "lower case": "key=sk_1,algorithm=hmac_sha256",
        "spaces": "key=sk_1, algorithm = HMAC_SHA256",
        "order": "algorithm=HMAC_SHA256,key=sk_1",
        "unknown": "key=sk_1,algorithm=HMAC_SHA512",
        "empty algorithm": "key=sk_1,algorithm=",
        "empty": "",
        "no algorithm": "key=sk_1",
    }
    for name, value in values.items():
        for algorithm in ("sha1", "sha256"):

            def apply(parts, scheme, value=value, algorithm=algorithm):
                import hmac

                digest = hmac.new(parts.key.encode(), scheme.content(parts), algorithm).digest()
                parts.signature = base64.b64encode(digest).decode()
                parts.extra.append((settings, value))

            yield Change("settings", f"settings header: {name}", f"{name}, {algorithm}", apply)
    body = b'{"a":"Zo\xc3\xab"}'
    digest = hashlib.sha256(body).hexdigest()
    hashes = {"right": digest, "wrong": "0" * 64, "upper": digest.upper(), "empty": "", "cut": digest[:-1]}
    for name, value in hashes.items():

        def apply(parts, scheme, value=value):
            import hmac

            parts.url += f"&bodySHA256={value}"
            parts.body = body
            signed = hmac.new(parts.key.encode(), parts.url.encode(), "sha1").digest()
            parts.signature = base64.b64encode(signed).decode()
            parts.only = [
                ("Host", "example.com"),
                ("Content-Type", "application/json"),
                (scheme.header, parts.signature),
            ]

        yield Change("settings", f"bodySHA256: {name}", name, apply)


def methods(scheme):
    if scheme.signs_url and scheme.provider == "hubspot":
        for method in ("GET", "PUT", "post"):
            yield setter("method", "method", method, BEFORE, method=method)
            yield setter("method", "method exchanged", method, AFTER, method=method)
