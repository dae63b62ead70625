"""The signature schemes: a valid delivery of each, and how it is signed. Nothing here comes from hookproof."""

import base64
import hashlib
import hmac
from copy import deepcopy
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_private_key
from nacl.signing import SigningKey

AT = 1_750_000_000  # 2025-06-15T15:06:40Z
ID = "msg_2yZc8Tq0pVb1NfXwRk3uLs5eAhJ"
URL = "https://example.com/hooks/provider?tenant=a%20b&next=%2Fx"
BODY = '{"type":"contact.created","webhookTimestamp":1750000000000,"name":"Zoë 東京 👍🏽","path":"a/b\\/c"}'.encode()
FORM = b"From=%2B14158675309&To=%2B18005551212&CallSid=CA1234567890ABCDE&Body=Zo%C3%AB+a%2Fb%261%3D1"

DISCORD_SEED = "ee6714c7ad53e5964d601e216eddb8e783c0c2244534cbf40979fb758b67c1b7"
SENDGRID_KEY = (
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgoHLg9fGqOjb4E18Td2EJe5596+CZ7fzEIkc3GPQQG2GhRANCAASrESsle+BHi"
    "iGIWyVNtCcCXn9lYWanMOm8D5F6O7gjm/BFaMZI81PQC/p6+CuB7HtRrZ8rMOXdN0u3zrrG3CjR"
)
SENDGRID_PUBLIC = (
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEqxErJXvgR4ohiFslTbQnAl5/ZWFmpzDpvA+Reju4I5vwRWjGSPNT0Av6evgrgex7Ua2fKzDl3"
    "TdLt866xtwo0Q=="
)


@dataclass
class Parts:
    """The parts of a delivery that changes act on, before it is signed or after."""

    secret: str  # As configured at the receiver.
    key: str  # That of the sender.
    body: bytes
    stamp: str
    id: str = ID
    url: str = URL
    method: str = "POST"
    now: int = AT
    signature: str = ""
    wrong: str = ""  # A signature of the right form for another body.
    values: list | None = None  # The signature header's values, where a change made them.
    names: dict = field(default_factory=dict)  # Other names of headers.
    extra: list = field(default_factory=list)  # Further headers.
    only: list | None = None  # All headers, where a change made them.


@dataclass(frozen=True)
class Scheme:
    """How a provider signs. `item` is one signature as the header has it; `head` and `separator` make a list of them."""

    name: str
    provider: str
    header: str
    content: object
    encoding: str = "hex"
    mode: str | None = None
    secret: str = "sécret of tests only +/="
    algorithm: str = "sha256"
    prefix: str = ""
    head: object = None
    separator: str | None = None
    stamp: str | None = None  # The timestamp's header.
    id: str | None = None  # The id's header.
    timed: bool = True
    unit: int = 1  # Of the timestamp, per second.
    key: object = staticmethod(lambda secret: secret.encode())
    further: tuple = ()
    bodies: tuple = ()
    signs_url: bool = False
    signs_method: bool = False
    body: bytes = BODY
    kind: str = "application/json"
    public: str | None = None

    def fresh(self):
        return Parts(self.secret, self.secret, self.body, str(AT * self.unit))

    def encode(self, digest):
        return digest.hex() if self.encoding == "hex" else base64.b64encode(digest).decode()

    def sign(self, parts):
        """The signature of the parts as they are, and a wrong one."""
        digest = SIGNERS.get(self.algorithm, signed_by_hash)
        other = deepcopy(parts)
        other.body += b" "
        other.stamp += "1" if self.provider == "mailgun" else ""
        other.url += "&other=1"
        return self.encode(digest(self, parts)), self.encode(digest(self, other))

    def value(self, *items, stamp=None, separator=None):
        """A signature header's value with these signatures."""
        items = [self.prefix + item for item in items]
        heads = [self.head + stamp] if self.head else []
        return (separator or self.separator or ", ").join(heads + items)

    def headers(self, parts):
        """Every header of the delivery, in the order sent."""
        if parts.only is not None:
            return parts.only
        values = parts.values or [self.value(parts.signature, stamp=parts.stamp)]
        named = lambda name: parts.names.get(name, name)
        headers = [("Host", "example.com"), ("Content-Type", self.kind)]
        headers += [(self.id, parts.id)] if self.id and parts.id is not None else []
        headers += [(self.stamp, parts.stamp)] if self.stamp and parts.stamp is not None else []
        headers += [(self.header, value) for value in values] if self.header else []
        return [(named(name), value) for name, value in [*headers, *self.further, *parts.extra]]

    def sent_body(self, parts):
        return self.carried(parts) if self.provider == "mailgun" else parts.body

    def carried(self, parts):
        """Mailgun's body, which has the signature in it."""
        values = parts.values or [parts.signature]
        members = b'"timestamp":"%s","token":"%s","signature":"%s"' % (
            parts.stamp.encode(),
            parts.id.encode(),
            values[0].encode(),
        )
        return b'{"signature":{%s},"event-data":%s}' % (members, parts.body)


def signed_by_hash(scheme, parts):
    key, content = scheme.key(parts.key), scheme.content(parts)
    if scheme.algorithm == "plain-sha256":
        return hashlib.sha256(key + content).digest()
    return hmac.new(key, content, scheme.algorithm).digest()


SIGNERS = {
    "ed25519": lambda scheme, parts: SigningKey(bytes.fromhex(DISCORD_SEED)).sign(scheme.content(parts)).signature,
    "ecdsa": lambda scheme, parts: load_der_private_key(base64.b64decode(SENDGRID_KEY), None).sign(
        scheme.content(parts), ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
    ),
}


def decoded(secret):
    return base64.b64decode(secret.strip().removeprefix("whsec_"))


def form_content(parts):
    """Twilio's: the address, and each field's name and value in order."""
    from urllib.parse import parse_qsl

    fields = parse_qsl(parts.body.decode("latin-1"), keep_blank_values=True, encoding="utf-8")
    return (parts.url + "".join(name + value for name, value in sorted(set(fields)))).encode()


def standard(name, provider, brand, mode=None):
    return Scheme(
        name,
        provider,
        f"{brand}-signature",
        lambda parts: f"{parts.id}.{parts.stamp}.".encode() + parts.body,
        encoding="base64",
        mode=mode,
        secret="whsec_aW50ZXJvcCB0ZXN0IGtleSBvZiBob29rcHJvb2Y=",
        prefix="v1,",
        separator=" ",
        stamp=f"{brand}-timestamp",
        id=f"{brand}-id",
        key=decoded,
    )


def hubspot(mode, header, content, **more):
    return Scheme(f"hubspot {mode}", "hubspot", header, content, mode=mode, signs_url=mode != "v1", **more)


METHOD_URL = lambda parts: (parts.method + parts.url).encode() + parts.body
STAMP_BODY = lambda parts: parts.stamp.encode() + parts.body
VERSION = "X-HubSpot-Signature-Version"

SCHEMES = [
    standard("standard-webhooks", "standard-webhooks", "webhook", "v1"),
    standard("svix", "svix", "svix"),
    standard("clerk", "clerk", "svix"),
    standard("resend", "resend", "svix"),
    Scheme(
        *("stripe", "stripe", "Stripe-Signature"),
        lambda parts: f"{parts.stamp}.".encode() + parts.body,
        secret="whsec_of_tests_only+/=",
        prefix="v1=",
        head="t=",
        separator=",",
    ),
    Scheme(
        *("paddle", "paddle", "Paddle-Signature"),
        lambda parts: f"{parts.stamp}:".encode() + parts.body,
        secret="pdl_ntfset_of_tests_only+/=",
        prefix="h1=",
        head="ts=",
        separator=";",
    ),
    Scheme(
        *("slack", "slack", "X-Slack-Signature"),
        lambda parts: f"v0:{parts.stamp}:".encode() + parts.body,
        prefix="v0=",
        stamp="X-Slack-Request-Timestamp",
    ),
    Scheme(
        *("github", "github", "X-Hub-Signature-256"),
        lambda parts: parts.body,
        prefix="sha256=",
        timed=False,
        further=(("X-GitHub-Event", "push"),),
    ),
    Scheme(
        *("shopify", "shopify", "X-Shopify-Hmac-Sha256"),
        lambda parts: parts.body,
        encoding="base64",
        timed=False,
        further=(
            ("X-Shopify-Topic", "orders/create"),
            ("X-Shopify-Shop-Domain", "example.myshopify.com"),
            ("X-Shopify-API-Version", "2026-01"),
            ("X-Shopify-Webhook-Id", "00000000-0000-4000-8000-000000000000"),
        ),
    ),
    Scheme("linear", "linear", "Linear-Signature", lambda parts: parts.body, timed=True, unit=1000),
    Scheme(
        *("square", "square", "x-square-hmacsha256-signature"),
        lambda parts: parts.url.encode() + parts.body,
        encoding="base64",
        timed=False,
        signs_url=True,
    ),
    Scheme(
        *("twilio", "twilio", "X-Twilio-Signature"),
        form_content,
        encoding="base64",
        algorithm="sha1",
        timed=False,
        signs_url=True,
        body=FORM,
        kind="application/x-www-form-urlencoded",
    ),
    hubspot(
        "v3",
        "X-HubSpot-Signature-v3",
        lambda parts: METHOD_URL(parts) + parts.stamp.encode(),
        encoding="base64",
        stamp="X-HubSpot-Request-Timestamp",
        unit=1000,
        signs_method=True,
    ),
    hubspot("v2", "X-HubSpot-Signature", METHOD_URL, algorithm="plain-sha256", timed=False, further=((VERSION, "v2"),)),
    hubspot(
        *("v1", "X-HubSpot-Signature"),
        lambda parts: parts.body,
        algorithm="plain-sha256",
        timed=False,
        further=((VERSION, "v1"),),
    ),
    Scheme(
        *("sendgrid", "sendgrid", "X-Twilio-Email-Event-Webhook-Signature"),
        STAMP_BODY,
        encoding="base64",
        algorithm="ecdsa",
        secret=SENDGRID_PUBLIC,
        public=SENDGRID_PUBLIC,
        stamp="X-Twilio-Email-Event-Webhook-Timestamp",
    ),
    Scheme(
        *("discord", "discord", "X-Signature-Ed25519"),
        STAMP_BODY,
        algorithm="ed25519",
        secret=SigningKey(bytes.fromhex(DISCORD_SEED)).verify_key.encode().hex(),
        public="hex",
        stamp="X-Signature-Timestamp",
    ),
    Scheme("mailgun", "mailgun", "", lambda parts: f"{parts.stamp}{parts.id}".encode(), body=b'{"event":"delivered"}'),
]
