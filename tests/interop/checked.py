"""`hookproof check` at receivers of other people's making: thirteen providers on their own libraries, correct and flawed.

The receivers of all providers run in one process of Node and one of Python (receivers/serve.mjs and serve.py), and
two checks at a time. receivers/expected.toml says what `check` finds at each.
"""

import base64
import json
import secrets
import tomllib
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from workshop import HERE, READY, VENV_PYTHON, Workshop, expect, expect_equal, free_port, run_cases

FOLDER = HERE / "receivers"
SEVERITIES = ("must", "should", "info")
# Each framework listens on the port in the variable of its name.
FRAMEWORKS = {"express": "EXPRESS_PORT", "flask": "FLASK_PORT", "fastapi": "FASTAPI_PORT"}
PROGRAMS = (["node", FOLDER / "serve.mjs"], [VENV_PYTHON, FOLDER / "serve.py"])
MODES = {
    "svix": ["standard-webhooks", "--signature-mode", "svix"],
    "standard-webhooks": ["standard-webhooks", "--signature-mode", "v1"],
    "gitlab": ["gitlab", "--signature-mode", "token"],
}


@dataclass(frozen=True)
class Receiver:
    """A receiver, how it is checked, and the findings by severity and case."""

    framework: str
    name: str
    scheme: str
    expected: dict
    is_correct: bool

    def title(self):
        missed = ", which is missed" if "missed" in self.expected else ""
        return f"check {'correct' if self.is_correct else 'flawed'} {self.name} on {self.framework}{missed}"

    def findings(self):
        """The finding and its severity for each case, those that are known to be wrong too."""
        parts = (self.expected, self.expected.get("wrong", {}))
        return {
            case: (finding, severity)
            for part in parts
            for severity in SEVERITIES
            for finding, cases in part.get(severity, {}).items()
            for case in cases
        }


def receivers():
    """Every receiver of expected.toml: `[correct.FRAMEWORK.SCHEME]` and `[flawed.FRAMEWORK.NAME]`."""
    tables = tomllib.loads((FOLDER / "expected.toml").read_text(encoding="utf-8"))
    for kind, frameworks in tables.items():
        for framework, entries in frameworks.items():
            for name, expected in entries.items():
                yield Receiver(framework, name, expected.get("scheme", name), expected, kind == "correct")


def finds(wanted, url, options, secret, workshop):
    """`check` finds what is wanted, the finding and its severity for each case, sends all that it can, and tells no secret."""
    done = workshop.hookproof("check", url, *options, "--secret-env", secret, "--json")
    expect(workshop.env[secret].encode() not in done.stdout + done.stderr, "the secret stands in the report")
    *cases, summary = [json.loads(line) for line in done.stdout.splitlines()] or [None]
    expect(summary and cases, f"exit code {done.returncode}, no report ({done.stderr.decode(errors='replace')})")
    found = {case["name"]: (case["finding"], case["severity"]) for case in cases if case["finding"]}
    said = "; ".join(f"{case['name']}: {case['reason']}" for case in cases if case["finding"])
    expect_equal(f"findings ({said})", found, wanted)
    severities = [severity for _, severity in wanted.values()]
    for severity in SEVERITIES:
        expect_equal(f"{severity} in the summary", summary[severity], severities.count(severity))
    expect_equal("exit code", (done.returncode, summary["exit"]), (1, 1) if "must" in severities else (0, 0))
    # Nothing means anything after a control that was refused.
    unsent = len(cases) - 1 if "control" in wanted else 0
    expect_equal("cases not sent", summary["unsent"], unsent)


def keys():
    """For each scheme the secret that `check` gets, and what the receiver is configured with."""
    vectors = json.loads((HERE / "vectors.json").read_text(encoding="utf-8"))
    discord = next(vector for vector in vectors if vector["provider"] == "discord")
    random = ("stripe", "github", "slack", "shopify", "twilio", "paddle", "square", "linear", "zoom", "gitlab", "meta")
    made = {scheme: f"{secrets.token_hex(8)}Ab{secrets.token_urlsafe(12)}" for scheme in random}
    made |= {scheme: f"whsec_{base64.b64encode(secrets.token_bytes(24)).decode()}" for scheme in ("svix", "standard-webhooks")}
    both = {scheme: (secret, {"secret": secret}) for scheme, secret in made.items()}
    return both | {"discord": (discord["private_key"] + discord["public_key"], {"public_key": discord["public_key"]})}


@contextmanager
def at_work(workshop, known):
    """Starts the receivers, each with the key of its scheme; gives the port of each framework."""
    ports = {framework: free_port() for framework in FRAMEWORKS}
    env = {variable: str(ports[framework]) for framework, variable in FRAMEWORKS.items()}
    env["RECEIVERS"] = json.dumps({receiver.name: known[receiver.scheme][1] for receiver in receivers()})
    node, python = PROGRAMS
    # Both take seconds to load what they need, so neither waits for the other.
    with workshop.started(node, "", NODE_ENV="production", **env) as express, workshop.started(python, "", **env) as others:
        express.wait_until(READY)
        others.wait_until(READY)
        yield ports


def check_receiver(receiver, ports, secret, times, workshop):
    url = f"http://127.0.0.1:{ports[receiver.framework]}"
    options = ["--provider", *MODES.get(receiver.scheme, [receiver.scheme]), *receiver.expected.get("flags", [])]
    # How a correct receiver tells repeats does not depend on the framework, and a probe takes time.
    if receiver.expected.get("probe", receiver.is_correct and receiver.framework == "express"):
        options += ["--probe", f"{url}/processed/{receiver.name}"]
    workshop.env["RECEIVER_SECRET"] = secret
    for _ in range(times):
        finds(receiver.findings(), f"{url}/{receiver.name}", options, "RECEIVER_SECRET", workshop)


def run(only, binary, repeat):
    """Runs the cases whose name has a text in it; with `repeat` those of the correct receivers, each so many times."""
    known, times = keys(), repeat or 1
    chosen = {receiver.title(): receiver for receiver in receivers() if receiver.is_correct or not repeat}
    if not any(only in name for name in chosen):
        return Counter()
    with TemporaryDirectory() as folder, at_work(Workshop(binary, Path(folder)), known) as ports:
        cases = [
            (name, partial(check_receiver, receiver, ports, known[receiver.scheme][0], times))
            for name, receiver in chosen.items()
        ]
        return run_cases(cases, only, binary, workers=2)
