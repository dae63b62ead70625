"""A change of a delivery, and the changes of signatures, lists of them, and headers."""

from dataclasses import dataclass

# When a change is made: before the delivery is signed (so that the signature fits it), or afterwards.
BEFORE, AFTER = "before", "after"


@dataclass(frozen=True)
class Change:
    """A change of the parts of a delivery. Changes of one kind have one `rule`; differences are listed by it."""

    dimension: str
    rule: str
    name: str
    apply: object
    when: str = AFTER


def full_width(text):
    return "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in text)


def mixed_case(text):
    return "".join(letter.upper() if at % 2 else letter for at, letter in enumerate(text))


# The text of a signature, and what makes of it one that is written otherwise.
TEXTS = {
    "signature in upper case": {"upper": str.upper, "mixed": mixed_case, "first half": lambda s: s[:8].upper() + s[8:]},
    "signature cut": {
        "one less": lambda s: s[:-1],
        "two less": lambda s: s[:-2],
        "half": lambda s: s[: len(s) // 2],
        "first letter gone": lambda s: s[1:],
        "one letter": lambda s: s[:1],
        "dots": lambda s: s[:12] + "...",
    },
    "signature longer": {
        "a digit behind": lambda s: s + "0",
        "a digit before": lambda s: "0" + s,
        "twice": lambda s: s + s,
        "two digits": lambda s: s + "00",
        "letters behind": lambda s: s + "xyz",
        "0x before": lambda s: "0x" + s,
    },
    "padding": {
        "none": lambda s: s.rstrip("="),
        "one more": lambda s: s + "=",
        "two more": lambda s: s + "==",
    },
    "other alphabet": {"url-safe": lambda s: s.replace("+", "-").replace("/", "_"), "plus as space": lambda s: s.replace("+", " ")},
    "white space in the signature": {
        "space in the middle": lambda s: s[:9] + " " + s[9:],
        "two spaces": lambda s: s[:4] + "  " + s[4:],
        "tab": lambda s: s[:9] + "\t" + s[9:],
        "no-break space": lambda s: s[:9] + "\u00a0" + s[9:],
        "zero-width space": lambda s: s[:9] + "\u200b" + s[9:],
        "pairs of digits": lambda s: " ".join(s[at : at + 2] for at in range(0, len(s), 2)),
    },
    "white space around the signature": {
        "before": lambda s: " " + s,
        "behind": lambda s: s + " ",
        "both": lambda s: "  " + s + "  ",
        "tab behind": lambda s: s + "\t",
    },
    "no-break space around the signature": {"before": lambda s: "\u00a0" + s, "behind": lambda s: s + "\u00a0"},
    "quotes": {"double": lambda s: f'"{s}"', "single": lambda s: f"'{s}'", "angle": lambda s: f"<{s}>", "half": lambda s: f'"{s}'},
    "percent-encoded": {
        "first": lambda s: f"%{ord(s[0]):02x}" + s[1:],
        "plus": lambda s: s.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D"),
    },
    "letters that look alike": {
        "full width": full_width,
        "first full width": lambda s: full_width(s[0]) + s[1:],
        "Cyrillic": lambda s: s.replace("a", "а").replace("e", "е"),
    },
    "another digest": {
        "zeros": lambda s: "0" * len(s),
        "empty": lambda s: "",
        "abc": lambda s: "abc",
        "reversed": lambda s: s[::-1],
        "first letter other": lambda s: ("1" if s[0] != "1" else "2") + s[1:],
        "last letter other": lambda s: s[:-3] + ("A" if s[-3] not in "Aa" else "B") + s[-2:],
        "null": lambda s: "null",
        "true": lambda s: "true",
        "star": lambda s: "*",
        "10 kB": lambda s: "a" * 10_000,
    },
}


def signature_texts(scheme):
    for rule, makers in TEXTS.items():
        for name, make in makers.items():

            def apply(parts, scheme, make=make):
                parts.signature = make(parts.signature)

            yield Change("signature", rule, name, apply)

    def other_encoding(parts, scheme):
        import base64

        given = parts.signature
        hexed = scheme.encoding == "hex"
        parts.signature = base64.b64encode(bytes.fromhex(given)).decode() if hexed else base64.b64decode(given).hex()

    yield Change("signature", "other encoding", "hex and base64 exchanged", other_encoding)

    def wrong(parts, scheme):
        parts.signature = parts.wrong

    yield Change("signature", "another digest", "of another body", wrong)


def valued(rule, name, make, dimension="list"):
    """A change that writes the signature header's values itself."""

    def apply(parts, scheme):
        values = make(scheme, parts)
        parts.values = [values] if isinstance(values, str) else values

    return Change(dimension, rule, name, apply)


def prefixes(scheme):
    """The signature without its prefix, or with another."""
    if not scheme.header:
        return
    body = lambda parts: (scheme.head + parts.stamp + scheme.separator) if scheme.head else ""
    own = scheme.prefix
    others = {"none": "", "sha1=": "sha1=", "sha256=": "sha256=", "v1=": "v1=", "v0=": "v0=", "v2,": "v2,", "v1,": "v1,"}
    others |= {"upper": own.upper(), "twice": own + own, "space behind": own + " ", "space before": " " + own}
    others |= {"equals": "=", "hmac-": "hmac-", "sha256:": "sha256:", "Bearer ": "Bearer "}
    for name, other in others.items():
        if other != own:
            yield valued(f"prefix: {name}", name, lambda s, p, other=other: body(p) + other + p.signature)


def lists(scheme):
    """Several signatures in one header: right and wrong ones, unknown ones, other separators."""
    if not scheme.header:
        return
    full = lambda parts, items, separator=None: scheme.value(*items, stamp=parts.stamp, separator=separator)
    orders = {
        "right, right": lambda p: [p.signature, p.signature],
        "right, wrong": lambda p: [p.signature, p.wrong],
        "wrong, right": lambda p: [p.wrong, p.signature],
        "wrong, wrong": lambda p: [p.wrong, p.wrong],
        "empty, right": lambda p: ["", p.signature],
        "ten wrong ones first": lambda p: [p.wrong] * 10 + [p.signature],
        "right, short": lambda p: [p.signature, "00"],
    }
    for name, make in list(orders.items())[: None if scheme.separator else 3]:
        yield valued(f"several signatures: {name}", name, lambda s, p, make=make: full(p, make(p)))
    is_list = scheme.separator is not None
    # `, ` is what comes of a header that came twice.
    for separator in (", ", ",", " ", ";", "; ", "\t", "|", " ,", "&") if is_list else ():
        if separator in (scheme.separator, ", " if scheme.separator == " " else None):
            continue
        for name in ("right, right", "right, wrong", "wrong, right"):
            make = lambda s, p, name=name, separator=separator: full(p, orders[name](p), separator)
            yield valued(f"separator {separator!r}", name, make)
    own = scheme.separator or ","
    around = {
        "separator behind": lambda v: v + own,
        "separator before": lambda v: own + v,
        "space behind the separator": lambda v: v + own + " ",
        "unknown item behind": lambda v: v + own + "v9=abc",
        "unknown item before": lambda v: "v9=abc" + own + v,
        "item without a value behind": lambda v: v + own + "v1",
        "item without a name behind": lambda v: v + own + "=abc",
        "comma item behind": lambda v: v + own + "v1a,AAAA",
        "v0 behind": lambda v: v + own + "v0=" + "0" * 64,
        "junk behind": lambda v: v + own + "abc",
    }
    for name, make in list(around.items())[: None if is_list else 5]:
        yield valued(f"around the list: {name}", name, lambda s, p, make=make: make(full(p, [p.signature])))


def heads(scheme):
    """Items of a list that has its timestamp in it: their order, their spaces, their repeats."""
    if not scheme.head:
        return
    h, own = scheme.head, scheme.separator
    v = lambda p: scheme.prefix + p.signature
    items = {
        "timestamp last": lambda p: [v(p), h + p.stamp],
        "no timestamp": lambda p: [v(p)],
        "no signature": lambda p: [h + p.stamp],
        "timestamp twice": lambda p: [h + p.stamp, h + p.stamp, v(p)],
        "other timestamp first": lambda p: [h + "1", h + p.stamp, v(p)],
        "other timestamp last": lambda p: [h + p.stamp, h + "1", v(p)],
        "timestamp's name in upper case": lambda p: [(h + p.stamp).upper(), v(p)],
        "space before the signature": lambda p: [h + p.stamp, " " + v(p)],
        "no-break space before the signature": lambda p: [h + p.stamp, "\u00a0" + v(p)],
        "tab before the signature": lambda p: [h + p.stamp, "\t" + v(p)],
        "space behind the timestamp": lambda p: [h + p.stamp + " ", v(p)],
        "space behind the equals sign": lambda p: [h + " " + p.stamp, v(p)],
        "space before the equals sign": lambda p: [h.replace("=", " =") + p.stamp, v(p)],
        "two equals signs": lambda p: [h + "=" + p.stamp, v(p)],
        "more behind the timestamp": lambda p: [h + p.stamp + "=1", v(p)],
        "more behind the signature": lambda p: [h + p.stamp, v(p) + "=1"],
    }
    for name, make in items.items():
        yield valued(f"items: {name}", name, lambda s, p, make=make: own.join(make(p)))


def repeats(scheme):
    """A header that comes twice."""
    if not scheme.header:
        return
    one = lambda s, p, item: s.value(item, stamp=p.stamp)
    pairs = {
        "right, right": lambda s, p: [one(s, p, p.signature)] * 2,
        "right, wrong": lambda s, p: [one(s, p, p.signature), one(s, p, p.wrong)],
        "wrong, right": lambda s, p: [one(s, p, p.wrong), one(s, p, p.signature)],
        "empty, right": lambda s, p: ["", one(s, p, p.signature)],
        "junk, right": lambda s, p: ["abc", one(s, p, p.signature)],
        "three": lambda s, p: [one(s, p, p.wrong), one(s, p, p.signature), one(s, p, p.signature)],
    }
    for name, make in pairs.items():
        yield valued(f"signature header twice: {name}", name, make, "repeat")
    for header, what in ((scheme.stamp, "timestamp"), (scheme.id, "id")):
        own = "stamp" if what == "timestamp" else "id"
        for name in ("same", "other behind", "empty behind", "other before") if header else ():

            def apply(parts, scheme, header=header, own=own, name=name):
                value = getattr(parts, own)
                if name == "other before":
                    # What stands in `extra` comes last.
                    setattr(parts, own, value[:-1] + "9")
                    parts.extra.append((header, value))
                else:
                    parts.extra.append((header, {"same": value, "other behind": value[:-1] + "9"}.get(name, "")))

            yield Change("repeat", f"{what} header twice", name, apply)


def names(scheme):
    """Names of headers: their case, and others."""
    for header in filter(None, (scheme.header, scheme.stamp, scheme.id)):
        what = {scheme.header: "signature", scheme.stamp: "timestamp", scheme.id: "id"}[header]
        others = {
            "upper case": (header.upper(), "case of header names"),
            "lower case": (header.lower(), "case of header names"),
            "title case": (header.title(), "case of header names"),
            "underscores": (header.replace("-", "_"), "other header names"),
            "X- before": ("X-" + header, "other header names"),
            "X- gone": (header.removeprefix("X-").removeprefix("x-"), "other header names"),
            "CGI": ("HTTP_" + header.upper().replace("-", "_"), "other header names"),
        }
        for name, (other, rule) in others.items():
            if other != header:

                def apply(parts, scheme, header=header, other=other):
                    parts.names = parts.names | {header: other}

                yield Change("name", rule, f"{what}: {name}", apply)

    brand, _, _ = scheme.header.partition("-signature")
    if brand in ("webhook", "svix"):
        yield from brands(brand)
    if scheme.provider == "hubspot":
        for name, value in (("none", None), ("upper", scheme.mode.upper()), ("v4", "v4"), ("empty", "")):

            def apply(parts, scheme, value=value):
                version = [("X-HubSpot-Signature-Version", value)] if value is not None else []
                parts.only = [*((n, v) for n, v in scheme.headers(parts) if not n.endswith("Version")), *version]

            yield Change("header set", f"version header: {name}", name, apply)


def brands(brand):
    """Headers of both brands of Standard Webhooks."""
    other = "webhook" if brand == "svix" else "svix"
    parts_of = ("id", "timestamp", "signature")
    renamed = {f"{brand}-{part}": f"{other}-{part}" for part in parts_of}

    def swapped(parts, scheme):
        parts.names = renamed

    yield Change("header set", f"{other}- headers in place of {brand}-", "all", swapped)
    for part in parts_of:

        def one(parts, scheme, part=part):
            parts.names = {f"{brand}-{part}": f"{other}-{part}"}

        yield Change("header set", f"one {other}- header among {brand}-", part, one)
    for name in ("right", "wrong"):

        def both(parts, scheme, name=name):
            value = parts.signature if name == "right" else parts.wrong
            parts.extra += [(f"{other}-id", parts.id), (f"{other}-timestamp", parts.stamp)]
            parts.extra += [(f"{other}-signature", "v1," + value)]

        yield Change("header set", f"{other}- headers beside {brand}-: {name}", name, both)

    def only_other(parts, scheme):
        values = [(f"{other}-id", parts.id), (f"{other}-timestamp", parts.stamp), (f"{other}-signature", "v1," + parts.signature)]
        parts.extra += values
        parts.signature = parts.wrong

    yield Change("header set", f"{other}- headers right, {brand}- wrong", "wrong", only_other)
