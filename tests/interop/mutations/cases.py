"""The cases of a scheme: every change by itself, and pairs of them that are drawn with a fixed seed."""

import random
from dataclasses import dataclass

from . import changes, contents
from .changes import AFTER, BEFORE
from .schemes import AT

SEED = 20261130
PAIRS = 40
GENERATORS = (
    *(changes.signature_texts, changes.prefixes, changes.lists, changes.heads, changes.repeats, changes.names),
    *(contents.times, contents.bodies, contents.ids, contents.secrets, contents.urls, contents.methods),
    contents.twilio_only,
)


@dataclass(frozen=True)
class Case:
    """A delivery to judge, with the rules that it was changed by."""

    scheme: object
    rules: tuple
    name: str
    secret: str
    url: str
    method: str
    now: int
    headers: tuple
    body: bytes


def make(scheme, *made):
    """The delivery with these changes."""
    parts = scheme.fresh()
    for change in made:
        if change.when == BEFORE:
            change.apply(parts, scheme)
        elif change.when == "around":
            change.apply[0](parts, scheme)
    if scheme.provider == "linear" and parts.body == scheme.body:
        # Its timestamp stands in the body.
        parts.body = parts.body.replace(str(AT * 1000).encode(), parts.stamp.encode())
    parts.signature, parts.wrong = scheme.sign(parts)
    for change in made:
        if change.when == "around":
            change.apply[1](parts, scheme)
    # What changes the signature comes before what writes it into headers.
    late = sorted((change for change in made if change.when == AFTER), key=lambda change: change.dimension != "signature")
    for change in late:
        change.apply(parts, scheme)
    headers = tuple(scheme.headers(parts))
    rules = tuple(change.rule for change in made)
    name = " + ".join(f"{change.rule} ({change.name})" for change in made) or "unchanged"
    return Case(scheme, rules, name, parts.secret, parts.url, parts.method, parts.now, headers, scheme.sent_body(parts))


def cases(scheme, is_listed):
    """The cases; pairs are drawn from the changes whose rules make no difference that `is_listed`."""
    single = [change for generator in GENERATORS for change in generator(scheme)]
    chosen = random.Random(f"{SEED} {scheme.name}")
    free = [change for change in single if not is_listed(scheme.name, change.rule)]
    pairs = []
    while len(pairs) < PAIRS:
        one, other = chosen.sample(free, 2)
        # Two of one kind would overwrite each other, and addresses and secrets cost a process each.
        if one.dimension != other.dimension and not {one.dimension, other.dimension} & {"address", "secret", "settings"}:
            pairs.append((one, other))
    return [make(scheme, *made) for made in ((), *((change,) for change in single), *pairs)]
