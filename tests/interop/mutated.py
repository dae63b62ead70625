#!/usr/bin/env python3
"""Compares hookproof's verdicts on mutated deliveries with those of the providers' own libraries.

    python mutated.py [--binary PATH] [--scheme TEXT] [--write FILE] [--show TEXT]

It runs under the environment of requirements.txt; run.py starts it. Each scheme has a few hundred cases, the same ones
each time (mutations/). Where the libraries of a scheme differ, the stricter one counts: a delivery is valid if all of
them accept it. A header that comes twice is given to a library as its first value and as all of them joined, since
frameworks do either; both must be accepted.

differences.toml lists the differences that are meant to be, by scheme and rule, with their reasons. A difference that
is not listed fails the run, and so do one that is listed and gone, and more than 60 of a kind in total.
"""

import argparse
import base64
import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from pathlib import Path

from mutations.cases import cases
from mutations.schemes import SCHEMES

HERE = Path(__file__).resolve().parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR") or HERE.parent.parent / "target").resolve()
PROGRAMS = {"npm": ["node", str(HERE / "verifiers.mjs")], "pypi": [sys.executable, str(HERE / "verifiers.py")]}
LISTED = HERE / "differences.toml"
KINDS = {"accepts": "we accept, a library refuses", "refuses": "we refuse, the libraries accept"}
MOST = 60  # Differences of each kind.
PATIENCE = 240  # Seconds, for one process: it only ends what hangs.


def run(command, lines=(), env=None):
    """Runs a program on lines of JSON and returns its exit code, its lines and its messages."""
    given = "".join(json.dumps(line) + "\n" for line in lines).encode()
    done = subprocess.run(command, input=given, env=env, capture_output=True, check=False, timeout=PATIENCE)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr.decode(errors="replace")


def program_lines(program, action, lines=()):
    code, answers, said = run([*PROGRAMS[program], action], lines)
    if code != 0 or (lines and len(answers) != len(lines)):
        sys.exit(f"{program}: exit code {code}, {len(answers)} answers to {len(lines)} deliveries: {said}")
    return answers


# -------------------------------------------------------------------------------------------------------- libraries


def readings(headers):
    """The headers as web frameworks give them: of one that came twice the first value, or all values joined."""
    values = defaultdict(list)
    for name, value in headers:
        # Bytes are read as Latin-1.
        values[name.lower()].append(value.strip(" \t").encode().decode("latin-1"))
    first = {name: all_values[0] for name, all_values in values.items()}
    joined = {name: ", ".join(all_values) for name, all_values in values.items()}
    return [first] if first == joined else [first, joined]


def library_verdicts(tried, libraries):
    """For each case whether each library of its scheme accepts it."""
    questions = defaultdict(list)
    for number, case in enumerate(tried):
        scheme = case.scheme
        public = {"public_key": case.secret} if scheme.public else {}
        for library in libraries[scheme.provider, scheme.mode]:
            for headers in readings(case.headers):
                body = base64.b64encode(case.body).decode()
                asked = {"library": library, "provider": scheme.provider, "mode": scheme.mode, "secret": case.secret}
                asked |= {"url": case.url, "method": case.method, "at": case.now, "headers": headers}
                questions[library.partition(":")[0]].append((number, asked | public | {"body_base64": body}))
    accepted = [{} for _ in tried]
    with ThreadPoolExecutor() as pool:
        ask = lambda program: program_lines(program, "verify", [asked for _, asked in questions[program]])
        for program, answers in zip(questions, pool.map(ask, questions), strict=True):
            for (number, asked), answer in zip(questions[program], answers, strict=True):
                known = accepted[number].get(asked["library"], True)
                accepted[number][asked["library"]] = known and answer["valid"]
    return accepted


# -------------------------------------------------------------------------------------------------------- hookproof


def line_of(case):
    """The case as a line of `listen --json`."""
    received = datetime.fromtimestamp(case.now, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    target = re.sub(r"^[a-z]+://[^/?#]*", "", case.url) or "/"
    delivery = {"hookproof": "delivery/1", "received": received, "method": case.method, "target": target}
    # White space around a value is no part of it: `listen` does not write it, and no server hands it over.
    headers = [(name, value.strip(" \t")) for name, value in case.headers]
    return delivery | {"headers": headers, "body_base64": base64.b64encode(case.body).decode()}


def hookproof_answers(binary, folder, group):
    """What `verify` says of deliveries that have provider, secret, address and method alike: verdict and reason."""
    case = group[0]
    command = [binary, "verify", "-", "--as", "line", "--at", "captured", "--json", "--no-explain"]
    command += ["--provider", case.scheme.provider, "--secret-env", "INTEROP_KEY", "--method", case.method]
    command += ["--url", case.url] if case.scheme.signs_url else []
    kept = {name: value for name, value in os.environ.items() if not re.match("HOOKPROOF_|.*_proxy$", name, re.IGNORECASE)}
    env = kept | {"HOME": folder, "XDG_CONFIG_HOME": folder, "APPDATA": folder, "INTEROP_KEY": case.secret}
    code, lines, said = run(command, [line_of(case) for case in group], env)
    # A delivery that can't be judged has a message in place of a line.
    unjudged = {int(number): text for number, text in re.findall(r"delivery (\d+): (.*)", said)}
    if code not in (0, 1, 2, 3) or "panicked" in said or (lines and len(lines) + len(unjudged) != len(group)):
        sys.exit(f"{case.name}: exit code {code}, {len(lines)} lines for {len(group)} deliveries: {said}")
    rest = iter(lines)
    for number in range(1, len(group) + 1):
        if number in unjudged or not lines:
            yield "unjudged", unjudged.get(number, said.strip())
        else:
            line = next(rest)
            yield line["verdict"], line["reason"]


def hookproof_verdicts(binary, tried):
    groups = defaultdict(list)
    for number, case in enumerate(tried):
        groups[case.scheme.name, case.secret, case.url if case.scheme.signs_url else "", case.method].append(number)
    answers = [None] * len(tried)
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(os.cpu_count()) as pool:
        ask = lambda numbers: list(hookproof_answers(binary, folder, [tried[number] for number in numbers]))
        for numbers, found in zip(groups.values(), pool.map(ask, groups.values()), strict=True):
            for number, answer in zip(numbers, found, strict=True):
                answers[number] = answer
    return answers


# ------------------------------------------------------------------------------------------------------ differences


def differences(tried, accepted, answers):
    """Every case that hookproof and the strictest library judge otherwise: the kind, the case and the answers."""
    for case, libraries, answer in zip(tried, accepted, answers, strict=True):
        ours, theirs = answer[0] == "valid", all(libraries.values())
        if ours != theirs:
            yield "accepts" if ours else "refuses", case, libraries, answer


def covers(entry, scheme, rule):
    return scheme in entry["schemes"] and re.fullmatch(entry["rule"], rule)


def entry_of(listed, kind, case):
    """The first entry of the list that a difference falls under: one of its rules has it."""
    meant = (entry for entry in listed if entry["kind"] == kind)
    return next((entry for entry in meant if any(covers(entry, case.scheme.name, rule) for rule in case.rules)), None)


def described(kind, case, libraries, answer):
    refusing = [library for library, valid in libraries.items() if not valid]
    theirs = f"refused by {', '.join(refusing)}" if refusing else f"accepted by {', '.join(libraries)}"
    return f"{KINDS[kind]}: {case.scheme.name}: {case.name}: {answer[0]} ({answer[1][:160]}); {theirs}"


def report(found, listed):
    """The differences as Markdown: those that are not listed first, then the others under their reasons."""
    groups = defaultdict(list)
    for difference in found:
        entry = entry_of(listed, difference[0], difference[1])
        place = "Not listed" if entry is None else f"{KINDS[entry['kind']]}: {entry['rule']}: {entry['reason']}"
        groups[entry is not None, place].append(difference)
    lines = []
    for (_, place), members in sorted(groups.items()):
        lines.append(f"\n## {len(members)}: {place}\n")
        lines += ["- " + described(*member) for member in members]
    return "\n".join(lines)


def judge(found, listed):
    """What is wrong with the differences, in words."""
    problems, used = [], Counter()
    totals = Counter(kind for kind, *_ in found)
    for kind, case, libraries, answer in found:
        entry = entry_of(listed, kind, case)
        if entry is None:
            problems.append("not listed: " + described(kind, case, libraries, answer))
        else:
            used[listed.index(entry)] += 1
    for number, entry in enumerate(listed):
        if not used[number]:
            problems.append(f"listed and gone: {entry['kind']}, {entry['schemes']}, {entry['rule']}")
    problems += [f"{totals[kind]} times {KINDS[kind]}: more than {MOST}" for kind in KINDS if totals[kind] > MOST]
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", type=Path, default=TARGET / "debug" / ("hookproof.exe" if os.name == "nt" else "hookproof"))
    parser.add_argument("--scheme", default="", metavar="TEXT", help="compare the schemes whose name has this text in it")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write all differences to this file, grouped by rule")
    parser.add_argument("--show", metavar="TEXT", help="print the verdicts of the cases whose name has this text in it")
    arguments = parser.parse_args()
    libraries = defaultdict(list)
    for program in PROGRAMS:
        for entry in program_lines(program, "list"):
            libraries[entry["provider"], entry["mode"]].append(entry["library"])
    listed = tomllib.loads(LISTED.read_text(encoding="utf-8"))["difference"]
    is_listed = lambda scheme, rule: any(covers(entry, scheme, rule) for entry in listed)
    tried = [case for scheme in SCHEMES if arguments.scheme in scheme.name for case in cases(scheme, is_listed)]
    answers = hookproof_verdicts(str(arguments.binary), tried)
    accepted = library_verdicts(tried, libraries)
    found = list(differences(tried, accepted, answers))
    if arguments.show is not None:
        for case, verdicts, answer in zip(tried, accepted, answers, strict=True):
            if arguments.show in case.name:
                print(f"{case.scheme.name}: {case.name}: {answer}; {verdicts}")
    if arguments.scheme:
        listed = [entry for entry in listed if any(arguments.scheme in scheme for scheme in entry["schemes"])]
    problems = judge(found, listed)
    totals = Counter(kind for kind, *_ in found)
    comparisons = sum(len(verdicts) for verdicts in accepted)
    count = len({library for verdicts in accepted for library in verdicts})
    summary = f"{len(tried)} cases, {comparisons} comparisons with {count} libraries: " + ", ".join(
        f"{totals[kind]} times {words}" for kind, words in KINDS.items()
    )
    if arguments.write:
        arguments.write.write_text(f"# Differences\n\n{summary}\n{report(found, listed)}\n", encoding="utf-8")
    print(summary)
    for problem in problems:
        print(problem, file=sys.stderr)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
