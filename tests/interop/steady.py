#!/usr/bin/env python3
"""Holds `hookproof check` against a sound receiver again and again while the machine is busy.

    cargo build --locked && python3 tests/interop/steady.py [RUNS] [--binary PATH]

A sound receiver must never be failed, however slowly it answers. It prints how many runs had a finding, and the times.
"""

import argparse
import hashlib
import hmac
import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

TARGET = Path(os.environ.get("CARGO_TARGET_DIR") or Path(__file__).resolve().parents[2] / "target")
SECRET = "steady-secret-of-the-receiver"


class Sound(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.chunks() if self.headers.get("transfer-encoding") else self.rfile.read(int(self.headers["content-length"]))
        given = self.headers.get("x-superfolio-signature", "").encode("utf-8", "surrogateescape")
        right = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest().encode()
        is_signed = hmac.compare_digest(given, right)
        self.send_response(401 if not is_signed else 200 if is_json(body) else 400)
        self.send_header("content-length", "0")
        self.end_headers()

    def chunks(self):
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def log_message(self, *_):
        pass


def is_json(body):
    try:
        json.loads(body)
        return True
    except (ValueError, RecursionError):
        return False


def busy():
    while True:
        hashlib.sha256(b"x" * 100_000).digest()


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("runs", type=int, nargs="?", default=100)
    arguments.add_argument("--binary", default=TARGET / "debug/hookproof")
    given = arguments.parse_args()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Sound)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    load = [multiprocessing.Process(target=busy, daemon=True) for _ in range(2 * (os.cpu_count() or 1))]
    for process in load:
        process.start()
    command = [given.binary, "check", f"http://127.0.0.1:{server.server_port}/hook", "--provider", "superfolio", "--secret-env", "KEY", "--json"]
    times, found = [], []
    for _ in range(given.runs):
        begun = time.monotonic()
        run = subprocess.run(command, env=os.environ | {"KEY": SECRET}, capture_output=True, text=True, check=False)
        times.append(time.monotonic() - begun)
        lines = [json.loads(line) for line in run.stdout.splitlines()]
        found += [line["name"] for line in lines if line.get("finding")] + ([] if run.returncode == 0 else [f"exit {run.returncode}"])
    for process in load:
        process.terminate()
    print(f"{given.runs} runs under load: {len(found)} findings {found[:5]}; median {statistics.median(times):.2f} s, longest {max(times):.2f} s")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
