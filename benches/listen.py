#!/usr/bin/env python3
"""Holds `hookproof listen` against other receivers, in turn, under the same load.

    cargo build --release --locked --bin hookproof --example bare && python3 benches/listen.py

`listen` verifies, keeps a journal on a tmpfs and shows nothing. Debian's `webhook` checks the HMAC-SHA256 and runs
/bin/true, a receiver on Express checks it, one on hyper checks it too, and another on hyper only reads. Then a million
deliveries go to one `listen`. It needs wrk (or oha), and `webhook` and node 20 with npm for those two; what is missing
is left out aloud. It prints ratios, which count, and ends with 1 where one is less than is wanted.

The journal is kept small. Memory that a tmpfs grows into is the machine's affair: a virtual machine may have to ask its
host for each page, which can take longer than all else that a delivery takes. A small journal stays in what it has.
"""

import argparse
import contextlib
import hashlib
import hmac
import json
import os
import re
import secrets
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
INTEROP = HERE.parent / "tests/interop"
TARGET = Path(os.environ.get("CARGO_TARGET_DIR") or HERE.parent / "target") / "release"
SECRET = "bench-secret"
# More than `listen` remembers to point out repeats.
DELIVERIES = 150_000
# How many times the deliveries of each other receiver `listen` is to take, at least.
WANTED = {"webhook": 6.0, "Express": 4.0, "hyper that verifies": 0.5, "bare hyper": 0.5}
MEGABYTES_WANTED = 40.0

HOOKS = [
    {
        "id": "hook",
        "execute-command": "/bin/true",
        "trigger-rule": {
            "match": {
                "type": "payload-hmac-sha256",
                "secret": SECRET,
                "parameter": {"source": "header", "name": "X-Superfolio-Signature"},
            }
        },
    }
]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=4, help="of load for each receiver in each round")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--load", choices=LOADS, default="wrk", help="what sends; oha sends one delivery all the time")
    parser.add_argument("--threads", type=int, default=2, help="of wrk; it takes 2 unless it is told otherwise")
    parser.add_argument("--journal-max", default="32MB", help="where the journal of `listen` rolls")
    parser.add_argument("--million", type=int, default=1_000_000, help="deliveries after which the memory is read")
    parser.add_argument("--tmpfs", type=Path, default=Path("/dev/shm"))
    parser.add_argument("--binary", type=Path, default=TARGET / "hookproof")
    given = parser.parse_args()
    if not shutil.which(given.load):
        sys.exit(f"{given.load} is missing")
    with tempfile.TemporaryDirectory(dir=given.tmpfs) as folder:
        folder = Path(folder)
        size = make_deliveries(given.binary, folder)
        say_conditions(given, size)
        is_met = compare(given, folder)
        # What comes again takes no memory.
        if given.load == "wrk":
            is_met = stays_small(given, folder) and is_met
    sys.exit(0 if is_met else 1)


def say_conditions(given, size):
    room = shutil.disk_usage(given.tmpfs).total / 1e9
    load = " ".join(f"{number:.2f}" for number in os.getloadavg())
    journal = f"journal up to {given.journal_max} and as much rolled"
    print(f"{os.cpu_count()} cores, load {load}, tmpfs of {room:.1f} GB, {journal}")
    threads = f" -t{given.threads}" if given.load == "wrk" else ""
    sent = f"{given.load}{threads} -c{given.connections}, {given.rounds} rounds of {given.seconds} s each"
    print(f"body of {size} bytes, {sent}")


def make_deliveries(binary, folder):
    """Writes the parts that post.lua puts together, and says how long a body is."""
    body = subprocess.run([binary, "render", "superfolio/activity.page_view"], capture_output=True, check=True).stdout.strip()
    before, after = body.split(json.loads(body)["event_id"].encode(), 1)
    assert after.count(b'"event_id"') == 0
    (folder / "before").write_bytes(before)
    (folder / "after").write_bytes(after)
    (folder / "body").write_bytes(body)
    begun = hmac.new(SECRET.encode(), before, hashlib.sha256)
    with open(folder / "signed", "wb") as file:
        for _ in range(DELIVERIES):
            name, digest = secrets.token_hex(8).encode(), begun.copy()
            digest.update(name + after)
            file.write(name + digest.hexdigest().encode())
    return len(before) + 16 + len(after)


# --------------------------------------------------------------------------------------------------------- receivers


def receivers(given, folder):
    """How each is started on a port; nothing for one that is not here."""
    (folder / "hooks.json").write_text(json.dumps(HOOKS))
    webhook = ["webhook", "-hooks", folder / "hooks.json", "-ip", "127.0.0.1", "-port", "PORT", "-urlprefix", ""]
    return {
        "listen": listen(given, folder),
        "bare hyper": [TARGET / "examples/bare", "PORT"],
        "hyper that verifies": [TARGET / "examples/bare", "PORT", "verify"],
        "webhook": webhook if shutil.which("webhook") else None,
        "Express": ["node", HERE / "listen/express.mjs", "PORT"] if has_express() else None,
    }


def listen(given, folder):
    journal = ["--journal", folder / "journal.jsonl", "--journal-max", given.journal_max]
    return [given.binary, "listen", "--quiet", "--port", "PORT", *journal]


def has_express():
    if not shutil.which("node"):
        return False
    if not (INTEROP / "node_modules/express").is_dir() and shutil.which("npm"):
        subprocess.run(["npm", "ci", "--loglevel=error"], cwd=INTEROP, check=True, stdout=sys.stderr)
    return (INTEROP / "node_modules/express").is_dir()


@contextlib.contextmanager
def running(command, folder):
    """A receiver on a port that nobody had just before, and its port."""
    port = free_port()
    command = [str(port) if part == "PORT" else part for part in command]
    env = os.environ | {"SECRET": SECRET, "SUPERFOLIO_WEBHOOK_SECRET": SECRET, "HOME": str(folder)}
    process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until_up(port)
        yield process, port
    finally:
        process.terminate()
        process.wait()
        for journal in folder.glob("journal.jsonl*"):
            journal.unlink()


def until_up(port):
    for _ in range(500):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.02)
    sys.exit(f"nothing listens on port {port}")


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


# ---------------------------------------------------------------------------------------------------------- measuring


def load(name, given, folder, port, seconds):
    """How many were answered 200, and how many that was a second."""
    return LOADS[given.load](name, given, folder, f"http://127.0.0.1:{port}/hook", seconds)


def with_wrk(name, given, folder, url, seconds):
    """Deliveries that each have an id and a signature of their own."""
    command = ["wrk", f"-t{given.threads}", f"-c{given.connections}", f"-d{seconds}s", "-s", HERE / "listen/post.lua"]
    env = os.environ | {"DELIVERIES": str(folder), "THREADS": str(given.threads)}
    said = subprocess.run([*command, url], env=env, capture_output=True, text=True, check=True).stdout
    # What another receiver loses is its own affair; what it refuses was set up wrong.
    if "Non-2xx" in said or (name == "listen" and "Socket errors" in said):
        sys.exit(f"not all that went to {name} was answered 200:\n{said}")
    if "Socket errors" in said:
        print(f"{name}: {re.search('Socket errors.*', said)[0]}")
    return int(re.search(r"(\d+) requests in", said)[1]), float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1])


def with_oha(name, given, folder, url, seconds):
    """One delivery all the time."""
    body = folder / "body"
    signature = hmac.new(SECRET.encode(), body.read_bytes(), hashlib.sha256).hexdigest()
    command = ["oha", "-z", f"{seconds}s", "-c", str(given.connections), "--no-tui", "--output-format", "json"]
    request = ["-m", "POST", "-T", "application/json", "-H", f"X-Superfolio-Signature: {signature}", "-D", body, url]
    said = json.loads(subprocess.run([*command, *request], capture_output=True, text=True, check=True).stdout)
    answers = said["statusCodeDistribution"]
    if set(answers) != {"200"}:
        sys.exit(f"not all that went to {name} was answered 200: {answers}")
    return answers["200"], said["summary"]["requestsPerSec"]


LOADS = {"wrk": with_wrk, "oha": with_oha}


def compare(given, folder):
    rates = {}
    for name, command in receivers(given, folder).items():
        if command is None:
            print(f"{name} is not here and left out")
        else:
            rates[name] = (command, [])
    for turn in range(given.rounds):
        # Whoever comes after another may find the machine otherwise: every second time they come the other way round.
        for name, (command, measured) in list(rates.items())[:: -1 if turn % 2 else 1]:
            with running(command, folder) as (_, port):
                load(name, given, folder, port, 1)
                measured.append(load(name, given, folder, port, given.seconds)[1])
    ours = rates["listen"][1]
    is_met = True
    for name, (_, measured) in rates.items():
        ratio = statistics.median(one / other for one, other in zip(ours, measured))
        wanted = WANTED.get(name, 1.0)
        is_met = is_met and ratio >= wanted
        spread = f"{min(measured):,.0f} to {max(measured):,.0f}"
        told = "" if name == "listen" else f"; listen does {ratio:.2f} times as many, {wanted} are wanted"
        print(f"{name}: {statistics.median(measured):,.0f} a second ({spread}){told}")
    return is_met


def stays_small(given, folder):
    answered = 0
    with running(listen(given, folder), folder) as (process, port):
        while answered < given.million:
            answered += load("listen", given, folder, port, 5)[0]
        status = Path(f"/proc/{process.pid}/status").read_text()
    now, most = (int(re.search(rf"{key}:\s+(\d+) kB", status)[1]) * 1024 / 1e6 for key in ("VmRSS", "VmHWM"))
    print(f"after {answered:,} deliveries listen takes {now:.1f} MB, {most:.1f} at most; under {MEGABYTES_WANTED} is wanted")
    return most < MEGABYTES_WANTED


if __name__ == "__main__":
    main()
