"""Types lines into an interactive shell on a terminal, and prints how `hookproof` was started for each, as JSON.

    typist.py ROOT SHELL SETUP LINES

Below ROOT, the shell starts in work/. The `hookproof` in bin/ appends its words to log/words, each ended by a NUL and
`RUN` before them; SETUP makes the shell append a line to log/prompts before each prompt.
"""

import json
import os
import pty
import select
import sys
import time

ROOT, SHELL, SETUP, LINES = sys.argv[1], json.loads(sys.argv[2]), sys.argv[3], json.loads(sys.argv[4])
PATIENCE = 30  # Seconds for one line. A line that stays open is noticed by its second prompt.

child, terminal = pty.fork()
if child == 0:
    os.chdir(os.path.join(ROOT, "work"))
    os.execvp(SHELL[0], SHELL)


def logged(name):
    try:
        with open(os.path.join(ROOT, "log", name), "rb") as file:
            return file.read()
    except FileNotFoundError:
        return b""


def enter(keys, patience=PATIENCE):
    """Presses keys until the next prompt. Returns what was on the terminal, and whether the prompt came."""
    before, seen, until = len(logged("prompts")), b"", time.monotonic() + patience
    os.write(terminal, keys.encode())
    while time.monotonic() < until and b"<more>" not in seen:
        if select.select([terminal], [], [], 0.02)[0]:
            try:
                seen += os.read(terminal, 65536)
            except OSError:
                return seen, False
        if len(logged("prompts")) > before:
            return seen, True
    return seen, False


def drain(seconds):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if select.select([terminal], [], [], 0.02)[0]:
            os.read(terminal, 65536)


drain(1)
enter(SETUP + "\r")
for line in LINES:
    start = len(logged("words"))
    seen, is_whole = enter(line + "\r")
    if not is_whole:
        enter("\x03", 5)
    runs = logged("words")[start:].decode(errors="replace").split("RUN\0")[1:]
    words = [run.split("\0")[:-1] for run in runs]
    print(json.dumps({"words": words, "is_whole": is_whole, "seen": seen.decode(errors="replace")}), flush=True)
os.kill(child, 9)
os.waitpid(child, 0)
