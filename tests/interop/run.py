#!/usr/bin/env python3
"""Tests hookproof against receivers, verifiers and senders of other people's making.

Superfolio's deliveries go to receivers on Express, FastAPI, PHP and the fetch API, which are written after the steps of
superfolio's webhook page. Those of superleap and swapcard, signed as GitHub signs, go to GitHub's own npm verifier.
What curl sends and openssl signs comes back to `hookproof listen` and `hookproof verify`.

It runs alone, from anywhere:

    cargo build --locked && python3 tests/interop/run.py [--binary PATH]

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
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from collections import Counter
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from socket import socket

HERE = Path(__file__).resolve().parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR") or HERE.parent.parent / "target").resolve()
VENV = TARGET / "interop-venv"
VENV_PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
PATIENCE = 60  # Seconds. Generous, since nothing here measures speed: it only ends what hangs.

# A secret is any text, so this one has what a shell, a header or an encoding could trip over.
SECRET = f"it's a \"sécret\" $HOME `id` \\ {secrets.token_hex(8)}"
WRONG_SECRET = "not the secret of the receiver"

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


class Skip(Exception):
    """The case cannot be tried on this machine; the text says why."""


def expect(condition, problem):
    """Fails the case with a problem in words, unless the condition holds."""
    if not condition:
        raise AssertionError(problem)


def expect_equal(what, seen, wanted):
    """Fails the case unless both are equal."""
    expect(seen == wanted, f"{what}: expected {wanted!r}, got {seen!r}")


def need(program):
    """Skips the case where a program is missing."""
    if not shutil.which(program):
        raise Skip(f"no {program} here")


def hmac_hex(secret, body):
    return hmac.new(secret, body, hashlib.sha256).hexdigest()


def signature_header(secret, body):
    return {"X-Superfolio-Signature": hmac_hex(secret, body)}


# ------------------------------------------------------------------------------------------------------ preparation


def prepare_packages():
    """Installs what the lock files name, unless exactly that is installed already."""
    if not is_installed(HERE / "node_modules", HERE / "package-lock.json"):
        npm = shutil.which("npm") or sys.exit("npm is missing: the interop tests need Node 20 with npm")
        subprocess.run([npm, "ci", "--loglevel=error"], cwd=HERE, check=True, stdout=sys.stderr)
        mark_installed(HERE / "node_modules", HERE / "package-lock.json")
    if not is_installed(VENV, HERE / "requirements.txt"):
        venv.create(VENV, clear=True, symlinks=os.name != "nt", with_pip=True)
        pip = [VENV_PYTHON, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
        subprocess.run([*pip, "-r", HERE / "requirements.txt"], check=True, stdout=sys.stderr)
        mark_installed(VENV, HERE / "requirements.txt")


def is_installed(folder, lock):
    stamp = folder / ".interop-installed"
    return stamp.is_file() and stamp.read_bytes() == lock.read_bytes()


def mark_installed(folder, lock):
    shutil.copyfile(lock, folder / ".interop-installed")


class Workshop:
    """The binary under test, and a folder and an environment of its own for every process of a case."""

    def __init__(self, binary, folder):
        self.binary = binary
        self.folder = folder
        # Neither the user's configuration, nor secrets, nor a proxy may take part.
        self.env = {
            name: value
            for name, value in os.environ.items()
            if not re.search(r"^HOOKPROOF_|_WEBHOOK_SECRET$|_proxy$", name, re.IGNORECASE)
        }
        for name in ("HOME", "XDG_CONFIG_HOME", "APPDATA"):
            self.env[name] = str(folder)
        self.env |= {"INTEROP_SECRET": SECRET, "INTEROP_WRONG_SECRET": WRONG_SECRET}

    def run(self, *command, **options):
        """Runs a program to its end and returns its exit code and output."""
        options = {"cwd": self.folder, "env": self.env, "timeout": PATIENCE, "stdin": subprocess.DEVNULL} | options
        if "input" in options:
            del options["stdin"]
        return subprocess.run(command, capture_output=True, check=False, **options)

    def hookproof(self, *arguments, **options):
        return self.run(self.binary, *arguments, **options)

    def send(self, *arguments, secret="INTEROP_SECRET"):
        """Runs `hookproof send --json` and returns the exit code and its lines as values."""
        arguments = [*arguments, *(["--secret-env", secret] if secret else ["--unsigned"])]
        done = self.hookproof("send", *arguments, "--json", "--keep-going")
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        expect(lines, f"exit code {done.returncode}, no line on stdout ({done.stderr.decode(errors='replace')})")
        return done.returncode, lines

    @contextmanager
    def started(self, command, until, **env):
        """Starts a program, waits until it says `until` on stdout or stderr, and ends it afterwards."""
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            said, talk = Path(folder, "stdout"), Path(folder, "stderr")
            with said.open("wb") as stdout, talk.open("wb") as stderr:
                process = subprocess.Popen(
                    command, cwd=self.folder, env=self.env | env, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr
                )
            program = Program(process, said, talk)
            try:
                program.wait_until(until)
                yield program
            except Exception:
                # Why a receiver answered 500 stands in what it said, and nowhere else.
                sys.stderr.write(talk.read_text(errors="replace"))
                raise
            finally:
                process.kill()
                process.wait()


class Program:
    """A program at work, with what it has said so far."""

    def __init__(self, process, said, talk):
        self.process = process
        self.said = said
        self.talk = talk

    def wait_until(self, pattern):
        """Waits for a pattern and returns what matched."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            # Asked before reading, so that the last words of a program that ended are read too.
            ended = self.process.poll() is not None
            output = self.said.read_text(errors="replace") + self.talk.read_text(errors="replace")
            if match := re.search(pattern, output):
                return match.group()
            expect(not ended, f"it ended before saying /{pattern}/: {output}")
            time.sleep(0.02)
        raise AssertionError(f"it never said /{pattern}/: {output}")

    def accepted(self):
        """What the receiver took for genuine, in order."""
        lines = self.said.read_text().splitlines()
        return [line.removeprefix("accepted").strip() for line in lines if line.startswith("accepted")]


# -------------------------------------------------------------------------------------------------------- receivers


class Superfolio:
    """How to start a receiver of superfolio's deliveries."""

    def __init__(self, name, command, ready=r"(?m)^ready$", program=None):
        self.name = name
        self.command = command
        self.ready = ready
        self.program = program

    @contextmanager
    def at_work(self, workshop):
        """Starts the receiver; gives its port and the program."""
        if self.program:
            need(self.program)
        port = free_port()
        command = [str(part).replace("PORT", str(port)) for part in self.command]
        env = {"PORT": str(port), "SUPERFOLIO_WEBHOOK_SECRET": SECRET}
        with workshop.started(command, self.ready, **env) as program:
            yield port, program


def free_port():
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


EXPRESS = Superfolio("Express", ["node", HERE / "express.mjs"])
RECEIVERS = [
    EXPRESS,
    Superfolio("FastAPI", [VENV_PYTHON, HERE / "fastapi_receiver.py"]),
    Superfolio("PHP", ["php", "-S", "127.0.0.1:PORT", HERE / "receiver.php"], r"Development Server .* started", "php"),
    Superfolio("fetch", ["node", HERE / "fetch.mjs"]),
]


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
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("POST", "/superfolio-webhook", body, {"Content-Type": "application/json", **headers})
        return connection.getresponse().status
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


def listen_judges(body, options, workshop):
    """A delivery made with curl and openssl is valid for `listen`; after one bit was turned it is not."""
    signature = openssl_hex(workshop, body)
    provider = ["--provider", "superfolio", "--secret-env", "INTEROP_SECRET"]
    command = [workshop.binary, "listen", "--port", "0", "--json", *provider, "--count", "2"]
    with workshop.started(command, r"http://127\.0\.0\.1:\d+") as listener:
        url = listener.wait_until(r"http://127\.0\.0\.1:\d+") + "/superfolio-webhook"
        expect_equal("status", curl_status(workshop, url, body, signature, *options), 200)
        expect_equal("status of the tampered one", curl_status(workshop, url, tampered(body), signature, *options), 401)
        listener.process.wait(PATIENCE)
        # Split as bytes: of text, Python makes lines at U+2028 too, which may stand in a JSON string.
        lines = [json.loads(line) for line in listener.said.read_bytes().splitlines()]
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


def all_cases():
    """Every case: its name and what to call with the workshop."""
    for receiver in RECEIVERS:
        name = receiver.name
        yield f"{name}: the receiver itself refuses forgeries", partial(receiver_is_sound, receiver)
        yield f"{name}: every superfolio event is accepted", partial(receiver_accepts_every_event, receiver)
        yield f"{name}: a wrong secret gets 401", partial(receiver_refuses, receiver, "INTEROP_WRONG_SECRET")
        yield f"{name}: unsigned gets 401", partial(receiver_refuses, receiver, None)

    superleap = "x-superleap-signature", ["superleap", "superleap/student.create"]
    swapcard = "X-Signature-256", ["swapcard", "--variants"]
    yield "octokit: superleap is accepted", partial(octokit_accepts, *superleap, SUPERLEAP_EVENTS | {"student.create"})
    yield "octokit: superleap with a wrong secret is refused", partial(octokit_refuses, *superleap)
    yield "octokit: swapcard is accepted", partial(octokit_accepts, *swapcard, SWAPCARD_EVENTS)
    yield "octokit: swapcard with a wrong secret is refused", partial(octokit_refuses, *swapcard)

    for name, body in BODIES.items():
        yield f"curl and openssl to listen: {name}", partial(listen_judges, body, [])
        yield f"openssl to verify: {name}", partial(verify_judges, body)
        yield f"sign and openssl agree: {name}", partial(sign_agrees_with_openssl, body)
    chunked = ["-H", "Transfer-Encoding: chunked"]
    yield "curl and openssl to listen: chunked", partial(listen_judges, BODIES["two megabytes"], chunked)

    yield "render --format curl: every superfolio event is accepted", curl_lines_are_accepted


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    binary = TARGET / "debug" / ("hookproof.exe" if os.name == "nt" else "hookproof")
    parser.add_argument("--binary", type=Path, default=binary, help="the hookproof to test (default: the debug build)")
    binary = parser.parse_args().binary.resolve()
    if not binary.is_file():
        sys.exit(f"there is no {binary}: run `cargo build` first, or name one with --binary")
    prepare_packages()

    tally = Counter()
    for name, case in all_cases():
        with tempfile.TemporaryDirectory() as folder:
            try:
                case(Workshop(binary, Path(folder)))
                outcome, why = "ok", ""
            except Skip as reason:
                outcome, why = "skip", f" ({reason})"
            except Exception as problem:  # Whatever went wrong in one case, the others are still worth a try.
                outcome, why = "FAIL", ": " + " ".join(f"{type(problem).__name__}: {problem}".split())
        tally[outcome] += 1
        print(f"{outcome:4} {name}{why}", flush=True)
    print(f"{tally['ok']} passed, {tally['FAIL']} failed, {tally['skip']} skipped")
    sys.exit(1 if tally["FAIL"] else 0)


if __name__ == "__main__":
    main()
