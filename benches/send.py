#!/usr/bin/env python3
"""Holds a load of `hookproof send` against a tool that fires one fixed body at the same receiver, in turn.

    cargo build --release --locked --bin hookproof --example bare && python3 benches/send.py

Each delivery of `send --count 100000 --concurrency 64` has ids, a time and a signature of its own; the other tool, oha
where it is here and else wrk, sends the same bytes again and again. The receiver on hyper only reads. Then `--rate` is
held against the clock, and the memory is read while a million deliveries go out. It prints ratios, which count, and ends
with 1 where one is less than is wanted.
"""

import argparse
import contextlib
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TARGET = Path(os.environ.get("CARGO_TARGET_DIR") or Path(__file__).resolve().parent.parent / "target") / "release"
SECRET = "bench-secret"
EVENT = "superfolio/activity.page_view--tracked"
# How much of the other tool's deliveries a second ours is to reach, and how exactly a rate is to be kept.
RATIO_WANTED = 0.5
RATE, RATE_WANTED = 2000, 0.01
# How much the memory may grow from the first deliveries to the millionth.
GROWTH_WANTED = 2.0

POST_LUA = """
local file = io.open(os.getenv("BODY"), "rb")
wrk.method = "POST"
wrk.body = file:read("*a")
wrk.headers["Content-Type"] = "application/json"
wrk.headers["X-Superfolio-Signature"] = string.rep("0", 64)
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--count", type=int, default=100_000, help="deliveries of each tool in each round")
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("--million", type=int, default=1_000_000, help="deliveries over which the memory is read")
    parser.add_argument("--oha", default=shutil.which("oha"), help="where oha is")
    parser.add_argument("--wrk", default=shutil.which("wrk"), help="where wrk is")
    parser.add_argument("--binary", type=Path, default=TARGET / "hookproof")
    given = parser.parse_args()
    if not given.oha and not given.wrk:
        sys.exit("neither oha nor wrk is here")
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        body = subprocess.run([given.binary, "render", EVENT], capture_output=True, check=True).stdout.strip()
        (folder / "body").write_bytes(body)
        (folder / "post.lua").write_text(POST_LUA)
        load = " ".join(f"{number:.2f}" for number in os.getloadavg())
        print(f"{os.cpu_count()} cores, load {load}; body of {len(body)} bytes, {given.concurrency} connections")
        is_met = [compare(given, folder), keeps_the_rate(given, folder), stays_small(given, folder)]
    sys.exit(0 if all(is_met) else 1)


# ----------------------------------------------------------------------------------------------------------- the tools


def ours(given, port, *words):
    """The report of a load."""
    command = [given.binary, "send", EVENT, "--to", f"127.0.0.1:{port}/", "--json", *map(str, words)]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def environment():
    return {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "SUPERFOLIO_WEBHOOK_SECRET": SECRET}


def oha(given, folder, port):
    signature = "X-Superfolio-Signature: " + "0" * 64
    command = [given.oha, "-n", given.count, "-c", given.concurrency, "--no-tui", "-m", "POST", "-T", "application/json"]
    command += ["-H", signature, "-D", folder / "body", f"http://127.0.0.1:{port}/"]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=True)
    return float(re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)[1])


def wrk(given, folder, port):
    command = [given.wrk, "-t1", f"-c{given.concurrency}", "-d3s", "-s", folder / "post.lua", f"http://127.0.0.1:{port}/"]
    env = os.environ | {"BODY": str(folder / "body")}
    done = subprocess.run(list(map(str, command)), env=env, capture_output=True, text=True, check=True)
    return float(re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)[1])


@contextlib.contextmanager
def receiver():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([TARGET / "examples/bare", str(port)])
    try:
        for _ in range(500):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.02)
        yield port
    finally:
        process.terminate()
        process.wait()


# ---------------------------------------------------------------------------------------------------------- measuring


def compare(given, folder):
    name = "oha" if given.oha else "wrk"
    rates, others = [], []
    with receiver() as port:
        for _ in range(given.rounds):
            report = ours(given, port, "--count", given.count, "--concurrency", given.concurrency)
            if report["accepted"] != given.count:
                sys.exit(f"not all were accepted: {report}")
            rates.append(report["per_second"])
            others.append((oha if given.oha else wrk)(given, folder, port))
    ratio = statistics.median(one / other for one, other in zip(rates, others))
    for told, measured in (("hookproof send", rates), (f"{name} with one fixed body", others)):
        print(f"{told}: {statistics.median(measured):,.0f} a second ({min(measured):,.0f} to {max(measured):,.0f})")
    print(f"hookproof sends {ratio:.2f} times as many as {name}, {RATIO_WANTED} are wanted")
    return ratio >= RATIO_WANTED


def keeps_the_rate(given, _folder):
    with receiver() as port:
        report = ours(given, port, "--rate", f"{RATE}/s", "--for", "10s", "--concurrency", given.concurrency)
    off = abs(report["accepted"] / (RATE * 10) - 1)
    late = report["latency_ms"]["p99"]
    print(f"--rate {RATE}/s for 10 s: {report['accepted']:,} went out, {off:.2%} off; p99 {late} ms from when each was due")
    return off <= RATE_WANTED


def stays_small(given, _folder):
    """Reads the memory early and late in a load of a million."""
    with receiver() as port:
        command = [given.binary, "send", EVENT, "--to", f"127.0.0.1:{port}/", "--quiet"]
        command += ["--count", str(given.million), "--concurrency", str(given.concurrency)]
        process = subprocess.Popen(command, env=environment(), stdout=subprocess.DEVNULL)
        time.sleep(1)
        seen = []
        while process.poll() is None:
            with contextlib.suppress(OSError, TypeError):
                status = Path(f"/proc/{process.pid}/status").read_text()
                seen.append(int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) * 1024 / 1e6)
            time.sleep(0.2)
    if process.returncode != 0 or not seen:
        sys.exit(f"the million ended with {process.returncode}")
    growth = max(seen) - seen[0]
    print(f"over {given.million:,} deliveries it took {seen[0]:.1f} MB at first and {max(seen):.1f} MB at most")
    return growth < GROWTH_WANTED


if __name__ == "__main__":
    main()
