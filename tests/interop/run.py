#!/usr/bin/env python3
"""Tests hookproof against receivers, verifiers and senders of other people's making.

Superfolio's deliveries go to receivers on Express, FastAPI, PHP and the fetch API, which are written after the steps of
superfolio's webhook page. Those of superleap and swapcard, signed as GitHub signs, go to GitHub's own npm verifier.
What curl sends and openssl signs comes back to `hookproof listen` and `hookproof verify`. The schemes of other
providers are tried with those providers' own libraries: on the deliveries in vectors.json, from and to a port, and on
mutated deliveries (mutated.py).
`hookproof check` judges all these receivers, the page's own samples, which have flaws, and receivers of thirteen
providers on their own libraries (checked.py). The README's script for Locust fires what `render --count` prints.

It runs alone, from anywhere:

    cargo build --locked && python3 tests/interop/run.py [--binary PATH] [--only TEXT] [--repeat N]

It needs Node 20, Python 3.11 and, on the first run, the npm and Python registries. What needs curl, openssl or php is
skipped aloud where they are missing. Nothing but the two installations leaves this machine.
"""

import argparse
import base64
import hashlib
import hmac
import http.client
import json
import os
import re
import sys
import time
from collections import Counter
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import checked
from workshop import HERE, PATIENCE, READY, SECRET, TARGET, VENV, VENV_PYTHON, WRONG_SECRET
from workshop import expect, expect_equal, free_port, need, prepare_packages, run_cases

VECTORS = HERE / "vectors.json"

# The events that the providers document: what hookproof must know, whatever it says itself.
SUPERFOLIO_EVENTS = {
    *(f"activity.{name}" for name in ("page_view", "section_view", "project_view", "project_click")),
    *(f"activity.{name}" for name in ("external_link_click", "time_on_page", "session_end")),
    *(f"portfolio.{name}_changed" for name in ("project", "profile", "availability")),
    *("form.submitted", "testimonial.submitted", "lead.hot_detected", "integration.test"),
    *("tracking_link.created", "tracking_link.updated"),
}
SUPERLEAP_EVENTS = {
    *(f"{kind}.create" for kind in ("user", "lead", "opportunity")),
    *(f"{kind}.update" for kind in ("user", "lead", "opportunity")),
    *(f"{kind}.delete" for kind in ("user", "lead", "opportunity")),
}
SWAPCARD_EVENTS = {"profile_create", "profile_update", "profile_delete"}

BODIES = {
    "compact JSON": b'{"event_type":"integration.test","event_id":"1"}',
    "final newline": b'{"event_type":"integration.test"}\n',
    "newlines": b'\n{\n  "event_type": "integration.test"\n}\n\n',
    "CRLF": b'{\r\n  "event_type": "integration.test"\r\n}\r\n',
    "UTF-8": '{"event_type":"form.submitted","name":"Zoë Müller, 東京, naïve"}'.encode(),
    "emoji": '{"event_type":"form.submitted","event_id":"1","text":"👍🏽 👩‍👩‍👧 🏳️‍🌈"}'.encode(),
    "odd white space": '\t{ "event_type"\t:\n\n"form.submitted" ,\r"text":"\u00a0\u2028 \u200b" }  \t'.encode(),
    "byte order mark": b'\xef\xbb\xbf{"event_type":"integration.test"}',
    "literals that a parser would rewrite": rb'{"a":1E2,"a":1.0,"n":12345678901234567890123,"s":"\/\u00e9"}',
    "bytes that are no text": b"\x00\xff\xfe\r\n\x1b[31m\x80",
    "two megabytes": b'{"event_type":"form.submitted","text":"' + b"x" * (2 << 20) + b'"}',
}

# What a receiver must refuse whatever hookproof sends it. One that lets these pass would prove nothing.
FORGERIES = {
    "no signature": lambda body: {},
    "an empty signature": lambda body: {"X-Superfolio-Signature": ""},
    "another secret": lambda body: signature_header(WRONG_SECRET.encode(), body),
    "the empty secret": lambda body: signature_header(b"", body),
    "another body": lambda body: signature_header(SECRET.encode(), body + b"\n"),
    "a shortened signature": lambda body: {"X-Superfolio-Signature": hmac_hex(SECRET.encode(), body)[:32]},
    "64 characters that are 128 bytes": lambda body: {"X-Superfolio-Signature": "é".encode() * 64},
    "64 characters that are no hex": lambda body: {"X-Superfolio-Signature": "z" * 64},
}


def hmac_hex(secret, body):
    return hmac.new(secret, body, hashlib.sha256).hexdigest()


def signature_header(secret, body):
    return {"X-Superfolio-Signature": hmac_hex(secret, body)}


# -------------------------------------------------------------------------------------------------------- receivers


class Superfolio:
    """How to start a receiver of superfolio's deliveries."""

    def __init__(self, name, command, program=None, secret=SECRET):
        self.name = name
        self.command = command
        self.program = program
        self.secret = secret

    @contextmanager
    def at_work(self, workshop):
        """Starts the receiver; gives its port and the program."""
        if self.program:
            need(self.program)
        port = free_port()
        command = [str(part).replace("PORT", str(port)) for part in self.command]
        env = {"PORT": str(port), "SUPERFOLIO_WEBHOOK_SECRET": self.secret}
        with workshop.started(command, READY, **env) as program:
            yield port, program


EXPRESS = Superfolio("Express", ["node", HERE / "express.mjs"])
RECEIVERS = [
    EXPRESS,
    Superfolio("FastAPI", [VENV_PYTHON, HERE / "fastapi_receiver.py"]),
    Superfolio("PHP", ["php", "-S", "127.0.0.1:PORT", HERE / "receiver.php"], "php"),
    Superfolio("fetch", ["node", HERE / "fetch.mjs"]),
]

# These keep to the samples on superfolio's page, with the flaws that those have.
SAMPLES = HERE / "samples"
EXPRESS_SAMPLE = ["node", SAMPLES / "express.mjs"]
FASTAPI_SAMPLE = [VENV_PYTHON, "-m", "uvicorn", "--app-dir", SAMPLES, "--port", "PORT", "fastapi_receiver:app"]
PHP_SAMPLE = ["-S", "127.0.0.1:PORT", SAMPLES / "receiver.php"]
# What the php.ini that PHP recommends changes for it.
PHP_RECOMMENDED = [f"-d{name}" for name in ("variables_order=GPCS", "display_errors=0", "output_buffering=4096")]
SAMPLE_RECEIVERS = [
    Superfolio("Express sample", EXPRESS_SAMPLE),
    Superfolio("Express sample without a secret", EXPRESS_SAMPLE, secret=""),
    Superfolio("FastAPI sample", FASTAPI_SAMPLE),
    Superfolio("FastAPI sample without a secret", FASTAPI_SAMPLE, secret=""),
    Superfolio("PHP sample", ["php", "-n", *PHP_SAMPLE], "php"),
    Superfolio("PHP sample under the recommended php.ini", ["php", "-n", *PHP_RECOMMENDED, *PHP_SAMPLE], "php"),
]

# What `check` finds at each receiver, and nothing else: the finding and its severity for each case. Those that are not
# named here are sound.
FINDINGS = {
    # express.raw takes 100 kB unless told otherwise. 64 characters that are no hex, or not ASCII, pass the guard on the
    # length and decode to nothing: timingSafeEqual throws.
    "Express sample": {
        "size-150kb": ("refused", "should"),
        "size-1mb": ("refused", "should"),
        "not-encoded": ("server-error", "must"),
        "non-ascii": ("server-error", "must"),
        # JSON.parse throws, and express.raw leaves no Buffer where there is no body.
        "signed-not-json": ("server-error", "should"),
        "signed-empty": ("server-error", "should"),
        # Express shows them on its error pages unless NODE_ENV is production.
        "stack-traces": ("stack-trace", "info"),
    },
    # compare_digest raises TypeError for text that is not ASCII. Nothing is decoded, and a body of 1 MB is read.
    "FastAPI sample": {
        "non-ascii": ("server-error", "must"),
        # json.loads raises, and so does looking for a name in a number or a list.
        "signed-not-json": ("server-error", "should"),
        "signed-empty": ("server-error", "should"),
        "signed-scalar": ("server-error", "should"),
        "signed-array": ("server-error", "should"),
        "deep-nesting": ("server-error", "should"),
        "invalid-utf8": ("server-error", "should"),
    },
    # hash_equals takes bytes of any kind and length, and a body of 1 MB is read. json_decode gives null for what it can't
    # parse, and the sample goes on with that.
    "PHP sample": {
        "signed-not-json": ("nonsense-accepted", "should"),
        # Above post_max_size PHP prints a warning before the script runs, and the status that it sets comes too late.
        "huge-unsigned": ("accepted", "must"),
    },
    # The verifier parses nothing, and neither does this receiver.
    "octokit: superleap": {"signed-not-json": ("nonsense-accepted", "should")},
    "octokit: swapcard": {"signed-not-json": ("nonsense-accepted", "should")},
    # The receiver answers every refusal with 400, and these two document 401.
    "npm:@shopify/shopify-api: shopify": {"refusal-status": ("undocumented-refusal", "info")},
    "npm:discord-interactions: discord": {"refusal-status": ("undocumented-refusal", "info")},
    # Paddle's Node library has no bound for the future, and the page documents none.
    "npm:@paddle/paddle-node-sdk: paddle": {"future-timestamp": ("accepted", "info")},
    # The secret is the empty text, by `?? ""` or as the variable says.
    "Express sample without a secret": {"control": ("control-empty-key", "must")},
    "FastAPI sample without a secret": {"control": ("control-empty-key", "must")},
    # $_ENV is empty there, and null is the empty key for hash_hmac.
    "PHP sample under the recommended php.ini": {"control": ("control-empty-key", "must")},
}


@contextmanager
def octokit_at_work(workshop, header):
    port = free_port()
    env = {"PORT": str(port), "SECRET": SECRET, "SIGNATURE_HEADER": header}
    with workshop.started(["node", str(HERE / "octokit.mjs")], r"(?m)^ready$", **env) as program:
        yield f"http://127.0.0.1:{port}/webhook", program


def superfolio_url(port):
    return f"http://127.0.0.1:{port}/superfolio-webhook"


def event_name(line):
    """An event as the body names it: without the provider before it and the variant behind it."""
    return line["event"].rpartition("/")[2].partition("--")[0]


# ------------------------------------------------------------------------------------------------------------ cases


def receiver_is_sound(receiver, workshop):
    """Proves the receiver without hookproof: it accepts a good delivery and refuses each forgery with 401."""
    body = BODIES["emoji"]
    with receiver.at_work(workshop) as (port, program):
        for name, forge in FORGERIES.items():
            expect_equal(name, post(port, body, forge(body)), 401)
        expect_equal("a good signature", post(port, body, signature_header(SECRET.encode(), body)), 200)
        expect_equal("events accepted", program.accepted(), ["form.submitted"])


def post(port, body, headers):
    status, _, _ = exchange(port, "/superfolio-webhook", body, headers)
    return status


def exchange(port, target, body, headers, method="POST"):
    """Sends a request; returns the answer's status, type and body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request(method, target, body, {"Content-Type": "application/json", **headers})
        answer = connection.getresponse()
        return answer.status, answer.headers.get_content_type(), answer.read()
    finally:
        connection.close()


def receiver_accepts_every_event(receiver, workshop):
    with receiver.at_work(workshop) as (port, program):
        code, lines = workshop.send("superfolio", "--variants", "--to", superfolio_url(port))
        seen = Counter(program.accepted())
        refused = [line["event"] for line in lines if not line["ok"] or line["status"] != 200]
        expect_equal("events refused", refused, [])
        expect_equal("exit code", code, 0)
        expect_equal("events seen by the receiver", set(seen), SUPERFOLIO_EVENTS)
        expect_equal("deliveries of each event", seen, Counter(event_name(line) for line in lines))


def receiver_refuses(receiver, secret, workshop):
    """Sends with the wrong secret, or unsigned where `secret` is none."""
    with receiver.at_work(workshop) as (port, program):
        code, lines = workshop.send("superfolio", "--variants", "--to", superfolio_url(port), secret=secret)
        expect_equal("statuses", {line["status"] for line in lines}, {401})
        expect_equal("deliveries said to be fine", [line["event"] for line in lines if line["ok"]], [])
        expect_equal("events sent", {event_name(line) for line in lines}, SUPERFOLIO_EVENTS)
        expect_equal("exit code", code, 1)
        expect_equal("events accepted", program.accepted(), [])


def octokit_accepts(header, send, events, workshop):
    with octokit_at_work(workshop, header) as (url, program):
        code, lines = workshop.send(*send, "--to", url)
        expect_equal("events refused", [line["event"] for line in lines if not line["ok"]], [])
        expect_equal("exit code", code, 0)
        expect_equal("deliveries accepted by the verifier", len(program.accepted()), len(lines))
        expect_equal("documented events not sent", events - {event_name(line) for line in lines}, set())


def check_finds(name, url, options, secret, workshop):
    checked.finds(FINDINGS.get(name, {}), url, options, secret, workshop)


def superfolio_check_finds(receiver, workshop):
    with receiver.at_work(workshop) as (port, _):
        options = ["--provider", "superfolio"]
        check_finds(receiver.name, superfolio_url(port), options, "INTEROP_SECRET", workshop)


def octokit_check_finds(header, provider, workshop):
    with octokit_at_work(workshop, header) as (url, _):
        check_finds(f"octokit: {provider}", url, ["--provider", provider], "INTEROP_SECRET", workshop)


def octokit_refuses(header, send, workshop):
    with octokit_at_work(workshop, header) as (url, program):
        code, lines = workshop.send(*send, "--to", url, secret="INTEROP_WRONG_SECRET")
        expect_equal("statuses", {line["status"] for line in lines}, {401})
        expect_equal("exit code", code, 1)
        expect_equal("deliveries accepted", program.accepted(), [])


def openssl_hex(workshop, body):
    """The digest that openssl makes: the last word of what it prints, whatever its version puts before."""
    need("openssl")
    done = workshop.run("openssl", "dgst", "-sha256", "-hmac", SECRET, input=body)
    expect_equal("openssl's exit code", done.returncode, 0)
    return done.stdout.split()[-1].decode()


def curl_status(workshop, url, body, signature, *options):
    need("curl")
    headers = ["-H", "Content-Type: application/json", "-H", f"X-Superfolio-Signature: {signature}"]
    quiet = ["--silent", "--show-error", "--output", os.devnull, "--write-out", "%{http_code}"]
    done = workshop.run("curl", *quiet, *options, *headers, "--data-binary", "@-", url, input=body)
    expect_equal(f"curl's exit code ({done.stderr.decode(errors='replace').strip()})", done.returncode, 0)
    return int(done.stdout)


def tampered(body):
    """The same body with one bit of its last byte turned."""
    return body[:-1] + bytes([body[-1] ^ 1])


@contextmanager
def listening(workshop, *options, count, **env):
    """Starts `listen`; gives its port and what returns the lines for the deliveries, once `count` have come."""
    command = [workshop.binary, "listen", "--port", "0", "--json", "--count", str(count), *options]
    address = r"http://127\.0\.0\.1:\d+"
    with workshop.started(command, address, **env) as listener:

        def lines():
            expect_equal("exit code of listen", listener.process.wait(PATIENCE), 0)
            # Split as bytes: of text, Python makes lines at U+2028 too, which may stand in a JSON string.
            lines = [json.loads(line) for line in listener.said.read_bytes().splitlines()]
            return [line for line in lines if line["hookproof"] != "ready/1"]

        yield urlsplit(listener.wait_until(address)).port, lines


def listen_judges(body, options, workshop):
    """A delivery made with curl and openssl is valid for `listen`; after one bit was turned it is not."""
    signature = openssl_hex(workshop, body)
    provider = ["--provider", "superfolio", "--secret-env", "INTEROP_SECRET"]
    with listening(workshop, *provider, count=2) as (port, lines):
        url = superfolio_url(port)
        expect_equal("status", curl_status(workshop, url, body, signature, *options), 200)
        expect_equal("status of the tampered one", curl_status(workshop, url, tampered(body), signature, *options), 401)
        lines = lines()
        expect_equal("verdicts", [line["verdict"] for line in lines], ["valid", "invalid"])
        kept = [captured_body(line) for line in lines]
        expect(kept == [body, tampered(body)], "the bodies in its lines are not the bytes that were sent")


def captured_body(line):
    """The exact bytes of a captured body: text where they are UTF-8, else base64."""
    return base64.b64decode(line["body_base64"]) if "body_base64" in line else line["body"].encode()


def verify_judges(body, workshop):
    """`verify` says the same of the bodies as files."""
    signature = openssl_hex(workshop, body)
    for file, content, wanted in (("body", body, 0), ("tampered", tampered(body), 1)):
        Path(workshop.folder, file).write_bytes(content)
        done = workshop.hookproof(
            *("verify", file, "--provider", "superfolio", "--secret-env", "INTEROP_SECRET"),
            *("--header", f"X-Superfolio-Signature: {signature}"),
        )
        expect_equal(f"exit code for the {file} file ({done.stderr.decode(errors='replace')})", done.returncode, wanted)


def sign_agrees_with_openssl(body, workshop):
    """`sign` prints the digest that openssl makes."""
    signature = openssl_hex(workshop, body)
    done = workshop.hookproof("sign", "-", "--provider", "superfolio", "--secret-env", "INTEROP_SECRET", input=body)
    expect_equal(f"exit code ({done.stderr.decode(errors='replace')})", done.returncode, 0)
    expect(signature in done.stdout.decode(), f"expected {signature} in {done.stdout!r}")


def curl_lines_are_accepted(workshop):
    """What `render --format curl` prints runs in a shell, is accepted by the Express receiver and tells no secret."""
    need("curl")
    need("sh")
    with EXPRESS.at_work(workshop) as (port, program):
        for event in sorted(SUPERFOLIO_EVENTS):
            to = ["--format", "curl", "--to", superfolio_url(port), "--secret-env", "INTEROP_SECRET"]
            line = workshop.hookproof("render", f"superfolio/{event}", *to)
            expect_equal(f"{event}: exit code ({line.stderr.decode(errors='replace')})", line.returncode, 0)
            expect(SECRET.encode() not in line.stdout, f"{event}: the secret stands in the curl line")
            # The random end of the secret would show even where quoting changed the rest.
            expect(SECRET[-16:].encode() not in line.stdout, f"{event}: a part of the secret stands in the curl line")
            run = workshop.run("sh", input=line.stdout)
            expect_equal(f"{event}: exit code of sh ({run.stderr.decode(errors='replace')})", run.returncode, 0)
        expect_equal("events accepted", program.accepted(), sorted(SUPERFOLIO_EVENTS))


# -------------------------------------------------------------------------------------------------------- libraries

# Two programs hold the libraries; what stands before the colon of a library's name says which.
LIBRARY_PROGRAMS = {
    "npm": ["node", HERE / "libraries.mjs"],
    "node": ["node", HERE / "libraries.mjs"],
    "pypi": [VENV_PYTHON, HERE / "libraries.py"],
}
WAYS_OF_TIME = {"as signed": 0, "an hour later": 3600, "an hour earlier": -3600}


def library_lines(workshop, program, action, deliveries=()):
    lines = "".join(json.dumps(delivery) + "\n" for delivery in deliveries)
    done = workshop.run(*program, action, input=lines.encode())
    expect_equal(f"exit code of {action} ({done.stderr.decode(errors='replace')})", done.returncode, 0)
    return [json.loads(line) for line in done.stdout.splitlines()]


def library_table(workshop):
    """Every library with its version, provider and mode."""
    programs = (LIBRARY_PROGRAMS["npm"], LIBRARY_PROGRAMS["pypi"])
    return [entry for program in programs for entry in library_lines(workshop, program, "list")]


def library_answers(workshop, action, deliveries):
    """What a library says of deliveries, in order. They are all for the one that the first names."""
    program = LIBRARY_PROGRAMS[deliveries[0]["library"].partition(":")[0]]
    answers = library_lines(workshop, program, action, deliveries)
    expect_equal(f"answers to {action}", len(answers), len(deliveries))
    return answers


def altered(vector):
    """The delivery with one bit of the body's last ASCII letter or digit turned, so that the body still parses."""
    body = base64.b64decode(vector["body_base64"])
    end = max(match.end() for match in re.finditer(rb"[0-9A-Za-z]", body))
    return vector | {"body_base64": base64.b64encode(tampered(body[:end]) + body[end:]).decode()}


def vectors_by_library():
    """The deliveries of vectors.json, for each library, provider and mode."""
    table = {}
    for vector in json.loads(VECTORS.read_text(encoding="utf-8")):
        table.setdefault((vector["library"], vector["provider"], vector["mode"]), []).append(vector)
    return table


def plain(vectors):
    """One valid delivery for each body. One with two secrets has the body of another."""
    return {vector["body_base64"]: vector for vector in reversed(vectors) if vector["valid"]}.values()


def signing_key(vector):
    if vector["provider"] == "discord":  # Of raw bytes hookproof wants both halves: the seed alone looks like a public key.
        return vector["private_key"] + vector["public_key"]
    return vector.get("secret") or vector["private_key"]


def verifying_key(vector):
    return vector.get("secret") or vector["public_key"]


def fresh(vector, workshop):
    """The delivery as its library signs it now, with the time also where the body has it."""
    now = int(time.time())
    body = base64.b64decode(vector["body_base64"]).replace(str(vector["at"]).encode(), str(now).encode())
    vector = vector | {"at": now, "id": "msg_of_now", "body_base64": base64.b64encode(body).decode()}
    return vector | library_answers(workshop, "sign", [vector])[0]


def deliver(vector, port):
    """Posts a delivery with the headers and to the target that were signed, and returns the answer."""
    body = base64.b64decode(vector["body_base64"])
    kind = "application/json" if body.startswith(b"{") else "application/x-www-form-urlencoded"
    return exchange(port, target(vector), body, {"Content-Type": kind, **vector["headers"]})


def target(vector):
    address = urlsplit(vector["url"])
    return f"{address.path}?{address.query}"


def public_url(vector):
    return vector["url"].removesuffix(target(vector))


def hookproof_on(vector, command, secret, workshop, *options):
    """Runs `sign` or `verify` for a delivery and returns the exit code and the line it prints."""
    Path(workshop.folder, "body").write_bytes(base64.b64decode(vector["body_base64"]))
    mode = ["--signature-mode", vector["mode"]] if vector["mode"] else []
    request = ["--url", vector["url"], "--method", vector["method"], "--at", str(vector["at"])]
    key = ["--secret-env", "INTEROP_KEY"] if secret else ["--generate-key"]
    arguments = [command, "body", "--provider", vector["provider"], *mode, *request, *key, *options, "--json"]
    done = workshop.hookproof(*arguments, env=workshop.env | {"INTEROP_KEY": secret or ""})
    lines = done.stdout.splitlines()
    expect(len(lines) == 1, f"{vector['name']}: not one line on stdout ({done.stderr.decode(errors='replace')})")
    return done.returncode, json.loads(lines[0])


def hookproof_verdict(vector, workshop):
    """What `verify` says of a delivery, once its exit code was found to say the same."""
    headers = [part for name, value in vector["headers"].items() for part in ("-H", f"{name}: {value}")]
    code, line = hookproof_on(vector, "verify", verifying_key(vector), workshop, *headers)
    expect_equal(f"{vector['name']}: exit code", code, 0 if line["valid"] else 1)
    return line["verdict"]


def hookproof_signed(vector, secret, workshop):
    """The delivery as `sign` signs it, with a new pair of keys where `secret` is none."""
    headers = {name.lower(): value for name, value in vector["headers"].items()}
    delivery_id = headers.get("webhook-id") or headers.get("svix-id")
    options = ["--id", delivery_id] if delivery_id else []
    code, line = hookproof_on(vector, "sign", secret, workshop, *options)
    expect_equal(f"{vector['name']}: exit code", code, 0)
    made = {} if secret else {"public_key": line["public_key"]}
    return vector | {"headers": dict(line["headers"])} | made


def vectors_are_fresh(workshop):
    done = workshop.run(sys.executable, HERE / "make_vectors.py", "--check", timeout=300)
    expect_equal(f"exit code ({done.stderr.decode(errors='replace').strip()})", done.returncode, 0)


def verify_agrees_with_library(vectors, workshop):
    """What the library signed is valid for `verify`, what was tampered with is invalid."""
    verdicts = {vector["name"]: hookproof_verdict(vector, workshop) for vector in vectors}
    wanted = {vector["name"]: "valid" if vector["valid"] else "invalid" for vector in vectors}
    expect_equal("verdicts", verdicts, wanted)


def library_accepts_signed(vectors, workshop):
    """What `sign` signed is valid for the library, and no longer once one bit of the body was turned."""
    keys = [signing_key(vectors[0]), *([None] if "private_key" in vectors[0] else [])]
    signed = [hookproof_signed(vector, key, workshop) for vector in plain(vectors) for key in keys]
    for deliveries, wanted in ((signed, True), ([altered(vector) for vector in signed], False)):
        answers = library_answers(workshop, "verify", deliveries)
        pairs = zip(deliveries, answers, strict=True)
        wrong = [(vector["name"], answer) for vector, answer in pairs if answer["valid"] != wanted]
        expect_equal(f"answers other than {'valid' if wanted else 'invalid'}", wrong, [])


def library_agrees_on_time(vectors, workshop):
    """A delivery that is old or early is refused by both or by neither, but where another library is stricter."""
    moved = {name: vectors[0] | {"at": vectors[0]["at"] + seconds} for name, seconds in WAYS_OF_TIME.items()}
    answers = library_answers(workshop, "verify", list(moved.values()))
    library = {name: answer["valid"] for name, answer in zip(moved, answers, strict=True)}
    hookproof = {name: hookproof_verdict(vector, workshop) == "valid" for name, vector in moved.items()}
    if vectors[0]["library"] == "npm:@paddle/paddle-node-sdk":
        library["an hour earlier"] = False
    expect_equal("taken for valid", hookproof, library)


def listen_agrees_with_library(vectors, workshop):
    """What the library signs now and a client posts is valid for `listen`; after one bit was turned it is not."""
    signed = [fresh(vector, workshop) for vector in plain(vectors)]
    provider, url, key = signed[0]["provider"], public_url(signed[0]), verifying_key(signed[0])
    options = ["--provider", provider, "--secret-env", "INTEROP_KEY", "--public-url", url]
    with listening(workshop, *options, count=2 * len(signed), INTEROP_KEY=key) as (port, lines):
        for vector in signed:
            expect_equal(f"{vector['name']}: status", deliver(vector, port)[0], 200)
            expect_equal(f"{vector['name']}, one bit turned: status", deliver(altered(vector), port)[0], 401)
        expect_equal("verdicts", [line["verdict"] for line in lines()], ["valid", "invalid"] * len(signed))


@contextmanager
def library_at_work(vector, workshop):
    """Starts a receiver that verifies with the vector's library and key; gives its address and the program."""
    port = free_port()
    workshop.env["INTEROP_KEY"] = signing_key(vector)
    env = {"PORT": str(port), "SCHEME": json.dumps(vector)}
    command = [*LIBRARY_PROGRAMS[vector["library"].partition(":")[0]], "serve"]
    with workshop.started(command, READY, **env) as program:
        yield f"http://127.0.0.1:{port}{target(vector)}", program


def library_check_finds(name, vectors, workshop):
    vector = vectors[0]
    mode = ["--signature-mode", vector["mode"]] if vector["mode"] else []
    with library_at_work(vector, workshop) as (url, _):
        check_finds(name, url, ["--provider", vector["provider"], *mode], "INTEROP_KEY", workshop)


def library_receives(vectors, workshop):
    """A receiver that verifies with the library takes what `send` sends, and not with another body's signature."""
    vector = fresh(vectors[0], workshop)
    mode = ["--signature-mode", vector["mode"]] if vector["mode"] else []
    forged = [part for name, value in vector["headers"].items() for part in ("-H", f"{name}: {value}")]
    with library_at_work(vector, workshop) as (to, program):
        for options, status, code in (([], 200, 0), (forged, 400, 1)):
            arguments = [vector["provider"], "--variants", *mode, *options, "--to", to]
            seen, lines = workshop.send(*arguments, secret="INTEROP_KEY")
            said = program.talk.read_text(errors="replace").strip()
            expect_equal(f"statuses ({said})", {line["status"] for line in lines}, {status})
            expect_equal("exit code", seen, code)


def shakes_hands(vector, key, wanted, workshop):
    """`listen` answers a handshake and goes on; forged, it is refused as a delivery, and the only one."""
    secret = ["--secret-env", f"{vector['provider']}=INTEROP_KEY"]
    with listening(workshop, *secret, count=1, INTEROP_KEY=key) as (port, lines):
        expect_equal("answer", readable(deliver(vector, port)), (200, wanted))
        expect_equal("status of the forged one", deliver(altered(vector), port)[0], 401)
        expect_equal("verdicts", [line["verdict"] for line in lines()], ["invalid"])


def readable(answer):
    """An answer's status and text, or the value where it is JSON."""
    status, kind, body = answer
    return status, json.loads(body) if kind == "application/json" else body.decode()


def handshake(library, provider, body):
    """The vector of a library with a handshake for its body."""
    vector = vectors_by_library()[library, provider, None][0]
    return vector | {"name": "handshake", "body_base64": base64.b64encode(body).decode()}


def slack_handshake(workshop):
    body = b'{"token":"Jhj5dZrVaK7ZwHHjRyZWjbDl","type":"url_verification","challenge":"3eZbrw1a+/<B>m2r"}'
    signed = fresh(handshake("pypi:slack_sdk", "slack", body), workshop)
    shakes_hands(signed, signed["secret"], "3eZbrw1a+/<B>m2r", workshop)


def discord_handshake(workshop):
    """With a pair of keys that `sign` made, once Discord's library has found the signature right."""
    body = b'{"version":1,"type":1,"token":"t","id":"846462639134605312","application_id":"845027738276462632"}'
    ping = handshake("npm:discord-interactions", "discord", body) | {"at": int(time.time())}
    signed = hookproof_signed(ping, None, workshop)
    expect_equal("the library's verdict", library_answers(workshop, "verify", [signed]), [{"valid": True}])
    shakes_hands(signed, signed["public_key"], {"type": 1}, workshop)


def zoom_handshake(workshop):
    """Zoom has no library, so this is the recipe of its page."""
    token, stamp = "qgg8vlvZRS6UYooatFL8Aw", str(int(time.time()))
    body = json.dumps({"event": "endpoint.url_validation", "event_ts": 1654503849680, "payload": {"plainToken": token}})
    digest = hmac_hex(SECRET.encode(), f"v0:{stamp}:{body}".encode())
    signed = {
        "provider": "zoom",
        "url": "https://example.com/hook?tenant=1",
        "body_base64": base64.b64encode(body.encode()).decode(),
        "headers": {"x-zm-signature": f"v0={digest}", "x-zm-request-timestamp": stamp},
    }
    wanted = {"plainToken": token, "encryptedToken": hmac_hex(SECRET.encode(), token.encode())}
    shakes_hands(signed, SECRET, wanted, workshop)


def meta_handshake(workshop):
    """It carries no signature. A delivery without one, which ends `listen` here, is refused."""
    query = "hub.mode=subscribe&hub.challenge=1158201444%2B&hub.verify_token=mytoken"
    with listening(workshop, "--secret-env", "meta=INTEROP_SECRET", count=1) as (port, lines):
        answer = exchange(port, f"/hook?{query}", None, {}, "GET")
        expect_equal("answer", readable(answer), (200, "1158201444+"))
        expect_equal("status of a delivery", exchange(port, f"/hook?{query}", b'{"object":"user"}', {})[0], 401)
        expect_equal("methods", [line["method"] for line in lines()], ["POST"])


def mutated_deliveries(workshop):
    """`verify` says of some thousand mutated deliveries what the libraries say, but for the differences listed."""
    done = workshop.run(VENV_PYTHON, HERE / "mutated.py", "--binary", workshop.binary, timeout=600)
    print(f"     {done.stdout.decode(errors='replace').strip()}", flush=True)
    expect_equal(f"exit code ({done.stderr.decode(errors='replace')})", done.returncode, 0)


def library_cases():
    yield "libraries: verify judges mutated deliveries as they do", mutated_deliveries
    yield "libraries: vectors.json is what they sign", vectors_are_fresh
    for (library, provider, mode), vectors in vectors_by_library().items():
        name = f"{library}: {provider} {mode}" if mode else f"{library}: {provider}"
        yield f"{name} to verify", partial(verify_agrees_with_library, vectors)
        yield f"sign to {name}", partial(library_accepts_signed, vectors)
        yield f"verify and {name} agree on old and early deliveries", partial(library_agrees_on_time, vectors)
        yield f"{name} to listen", partial(listen_agrees_with_library, vectors)
        yield f"send to {name}", partial(library_receives, vectors)
        yield f"check {name}", partial(library_check_finds, name, vectors)
    for answer in (slack_handshake, discord_handshake, zoom_handshake, meta_handshake):
        yield f"listen answers: {answer.__name__.replace('_', ' ')}", answer


# ------------------------------------------------------------------------------------------------------ load engines


LOCUST = VENV / ("Scripts/locust.exe" if os.name == "nt" else "bin/locust")
LOAD = 40


def script_of_readme(language, mark):
    """The block of the README in this language that has a mark in it."""
    text = (HERE.parent.parent / "README.md").read_text(encoding="utf-8")
    blocks = [block for block in re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL) if mark in block]
    expect_equal(f"blocks of {language} with {mark}", len(blocks), 1)
    return blocks[0]


def locust_fires_what_is_rendered(workshop):
    """The README's locustfile fires every line that `render --count` prints, and `listen` finds each genuine and new."""
    (workshop.folder / "locustfile.py").write_text(script_of_readme("python", "from locust"), encoding="utf-8")
    events = ["superfolio/form.submitted", "superfolio/activity.page_view"]
    printed = ["render", *events, "--count", str(LOAD), "--format", "json", "--secret-env", "INTEROP_SECRET"]
    done = workshop.hookproof(*printed, "--to", "3000/hook", "-o", "deliveries.jsonl")
    expect_equal(f"exit code ({done.stderr.decode(errors='replace').strip()})", done.returncode, 0)
    with listening(workshop, "--provider", "superfolio", "--secret-env", "INTEROP_SECRET", count=LOAD) as (port, lines):
        fire = [LOCUST, "--headless", "--users", "4", "--spawn-rate", "4", "--host", f"http://127.0.0.1:{port}"]
        done = workshop.run(*fire)
        said = done.stderr.decode(errors="replace")[-2000:]
        expect_equal(f"exit code of locust ({said})", done.returncode, 0)
        lines = lines()
    expect_equal("verdicts", Counter(line["verdict"] for line in lines), {"valid": LOAD})
    ids = {json.loads(captured_body(line))["event_id"] for line in lines}
    expect_equal("delivery ids", len(ids), LOAD)


def k6_script_is_sound(workshop):
    """k6 itself is not run; node reads the README's script."""
    need("node")
    script = workshop.folder / "deliveries.mjs"
    script.write_text(script_of_readme("js", "k6/http"), encoding="utf-8")
    done = workshop.run("node", "--check", script)
    expect_equal(f"exit code ({done.stderr.decode(errors='replace').strip()})", done.returncode, 0)


def all_cases():
    """Every case: its name and what to call with the workshop."""
    for receiver in RECEIVERS:
        name = receiver.name
        yield f"{name}: the receiver itself refuses forgeries", partial(receiver_is_sound, receiver)
        yield f"{name}: every superfolio event is accepted", partial(receiver_accepts_every_event, receiver)
        yield f"{name}: a wrong secret gets 401", partial(receiver_refuses, receiver, "INTEROP_WRONG_SECRET")
        yield f"{name}: unsigned gets 401", partial(receiver_refuses, receiver, None)
    for receiver in [*RECEIVERS, *SAMPLE_RECEIVERS]:
        yield f"check {receiver.name}", partial(superfolio_check_finds, receiver)

    superleap = "x-superleap-signature", ["superleap", "superleap/student.create"]
    swapcard = "X-Signature-256", ["swapcard", "--variants"]
    yield "octokit: superleap is accepted", partial(octokit_accepts, *superleap, SUPERLEAP_EVENTS | {"student.create"})
    yield "octokit: superleap with a wrong secret is refused", partial(octokit_refuses, *superleap)
    yield "octokit: swapcard is accepted", partial(octokit_accepts, *swapcard, SWAPCARD_EVENTS)
    yield "octokit: swapcard with a wrong secret is refused", partial(octokit_refuses, *swapcard)
    yield "check octokit: superleap", partial(octokit_check_finds, "x-superleap-signature", "superleap")
    yield "check octokit: swapcard", partial(octokit_check_finds, "X-Signature-256", "swapcard")

    for name, body in BODIES.items():
        yield f"curl and openssl to listen: {name}", partial(listen_judges, body, [])
        yield f"openssl to verify: {name}", partial(verify_judges, body)
        yield f"sign and openssl agree: {name}", partial(sign_agrees_with_openssl, body)
    chunked = ["-H", "Transfer-Encoding: chunked"]
    yield "curl and openssl to listen: chunked", partial(listen_judges, BODIES["two megabytes"], chunked)

    yield "render --format curl: every superfolio event is accepted", curl_lines_are_accepted
    yield "locust fires what render --count prints", locust_fires_what_is_rendered
    yield "the script for k6 is sound", k6_script_is_sound
    yield from library_cases()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    binary = TARGET / "debug" / ("hookproof.exe" if os.name == "nt" else "hookproof")
    parser.add_argument("--binary", type=Path, default=binary, help="the hookproof to test (default: the debug build)")
    parser.add_argument("--only", default="", metavar="TEXT", help="run the cases whose name has this text in it")
    parser.add_argument("--repeat", type=int, metavar="N", help="check each correct receiver N times, and nothing else")
    arguments = parser.parse_args()
    binary = arguments.binary.resolve()
    if not binary.is_file():
        sys.exit(f"there is no {binary}: run `cargo build` first, or name one with --binary")
    prepare_packages()

    tally = Counter()
    if not arguments.repeat:
        tally += run_cases(all_cases(), arguments.only, binary)
    tally += checked.run(arguments.only, binary, arguments.repeat)
    print(f"{tally['ok']} passed, {tally['FAIL']} failed, {tally['skip']} skipped")
    sys.exit(1 if tally["FAIL"] else 0)


if __name__ == "__main__":
    main()
