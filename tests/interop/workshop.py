"""What the interop tests share: the packages that they install, the programs that they start, and how a case fails."""

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
from concurrent.futures import ThreadPoolExecutor
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
READY = r"(?m)^ready$|Uvicorn running on|Development Server .* started"


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
    """Skips the case where a program is missing, unless no skip is allowed."""
    if not shutil.which(program):
        expect("HOOKPROOF_TEST_NO_SKIP" not in os.environ, f"{program} is not installed")
        raise Skip(f"no {program} here")


def free_port():
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def prepare_packages():
    """Installs what the lock files name, unless exactly that is installed already. Both wait for the network most."""
    npm = shutil.which("npm") or sys.exit("npm is missing: the interop tests need Node 20 with npm")
    with ThreadPoolExecutor() as pool:
        for installed in [pool.submit(install_npm, npm), pool.submit(install_pypi)]:
            installed.result()


def install_npm(npm):
    if not is_installed(HERE / "node_modules", HERE / "package-lock.json"):
        subprocess.run([npm, "ci", "--loglevel=error"], cwd=HERE, check=True, stdout=sys.stderr)
        mark_installed(HERE / "node_modules", HERE / "package-lock.json")


def install_pypi():
    if not is_installed(VENV, HERE / "requirements.txt"):
        venv.create(VENV, clear=True, symlinks=os.name != "nt", with_pip=True)
        pip = [VENV_PYTHON, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-compile"]
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


def run_cases(cases, only, binary, workers=1):
    """Runs the cases whose name has a text in it, prints each outcome, and returns how many there were of each."""
    tally = Counter()
    with ThreadPoolExecutor(workers) as pool:
        for name, outcome, why in pool.map(partial(tried, binary), (case for case in cases if only in case[0])):
            tally[outcome] += 1
            print(f"{outcome:4} {name}{why}", flush=True)
    return tally


def tried(binary, named_case):
    """Runs a case in a workshop of its own: its name, the outcome, and why."""
    name, case = named_case
    with tempfile.TemporaryDirectory() as folder:
        try:
            case(Workshop(binary, Path(folder)))
            return name, "ok", ""
        except Skip as reason:
            return name, "skip", f" ({reason})"
        except Exception as problem:  # Whatever went wrong in one case, the others are still worth a try.
            return name, "FAIL", ": " + " ".join(f"{type(problem).__name__}: {problem}".split())
