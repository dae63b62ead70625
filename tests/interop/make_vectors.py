#!/usr/bin/env python3
"""Writes vectors.json: deliveries that the providers' own libraries signed, and what those libraries say of them.

    python3 tests/interop/make_vectors.py [--check]

Every secret, key, id and time is fixed, so it writes the same file each time; `--check` fails where it would not.
"""

import base64
import json
import sys
import tempfile
from pathlib import Path

from run import VECTORS, altered, library_answers, library_table
from workshop import Workshop, prepare_packages

AT = 1_750_000_000  # 2025-06-15T15:06:40Z
ID = "msg_000000000000000interop00001"
URL = "https://example.com/hooks/provider?tenant=a%20b&next=%2Fx"

# Linear's time stands in the body, so it stands in all of these.
JSON_BODIES = {
    "compact, with emoji and slashes": r'{"webhookTimestamp":1750000000000,"name":"Zoë 東京 👍🏽","path":"a/b\/c"}',
    "odd white space and numbers": '{ "webhookTimestamp" : 1750000000000,\r\n\t"a":1.0 ,"n":[1E2, -0,1.50]}\r\n',
    "indented, with escapes": '{\n  "webhookTimestamp": 1750000000000,\n  "name": "Zo\\u00eb \\ud83d\\udc4d"\n}\n',
}
FORM_BODIES = {
    "form": "From=%2B14158675309&To=%2B18005551212&CallSid=CA1234567890ABCDE&Body=Zo%C3%AB+%F0%9F%91%8D+a%2Fb%261%3D1",
    "form with empty fields, in no order": "b=1.0&a=&C=%20&B=x%20y&z=%E6%9D%B1&_=0",
    "form with a field twice": "Media=b&Media=a&Count=2",
}
BODIES = {"twilio": FORM_BODIES, "slack": JSON_BODIES | {"form": FORM_BODIES["form"]}}

# Of tests only. The pairs are the private key and the public one as the provider would show it.
SECRETS = {
    "standard-webhooks": "whsec_aW50ZXJvcCB0ZXN0IGtleSBvZiBob29rcHJvb2Y=",
    "stripe": "whsec_of_tests_only+/=",
    "paddle": "pdl_ntfset_of_tests_only+/=",
}
PAIRS = {
    ("standard-webhooks", "v1a"): (
        "whsk_7mcUx61T5ZZNYB4hbt2454PAwiRFNMv0CXn7dYtnwbc=",
        "whpk_6VhlQ9+CDBzWnxuphrYpX/816KfcoBsl+QSkoc3r1J8=",
    ),
    ("discord", None): (
        "ee6714c7ad53e5964d601e216eddb8e783c0c2244534cbf40979fb758b67c1b7",
        "e9586543df820c1cd69f1ba986b6295fff35e8a7dca01b25f904a4a1cdebd49f",
    ),
    ("sendgrid", None): (
        "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgoHLg9fGqOjb4E18Td2EJe5596+CZ7fzEIkc3GPQQG2GhRANCAASrESsle+BHi"
        "iGIWyVNtCcCXn9lYWanMOm8D5F6O7gjm/BFaMZI81PQC/p6+CuB7HtRrZ8rMOXdN0u3zrrG3CjR",
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEqxErJXvgR4ohiFslTbQnAl5/ZWFmpzDpvA+Reju4I5vwRWjGSPNT0Av6evgrgex7Ua2fKzDl3"
        "TdLt866xtwo0Q==",
    ),
}
OLD_SECRET = {"standard-webhooks": "whsec_YW4gb2xkZXIga2V5IG9mIGhvb2twcm9vZg=="}
ROTATIONS = {
    # How a signature by an old secret and one by the new secret stand in one header. Paddle's library reads the last.
    ("standard-webhooks", "v1"): lambda old, new: f"{old} {new} v1a,AAAA",
    ("standard-webhooks", "svix"): lambda old, new: f"{old} {new}",
    ("stripe", None): lambda old, new: f"{old},{new.partition(',')[2]},v0={'0' * 64}",
    ("paddle", None): lambda old, new: f"{old};{new.partition(';')[2]}",
}


def keys(provider, mode):
    if pair := PAIRS.get((provider, mode)):
        return {"private_key": pair[0], "public_key": pair[1]}
    return {"secret": SECRETS.get(provider, f"sécret of tests only, {provider} +/=")}


def unsigned(entry):
    """A delivery for each body that a library is tried with."""
    for name, body in BODIES.get(entry["provider"], JSON_BODIES).items():
        request = {"url": URL, "method": "POST", "body_base64": base64.b64encode(body.encode()).decode()}
        yield {"name": name, **entry, **keys(entry["provider"], entry["mode"]), **request, "at": AT, "id": ID}


def rotated(vector, old_headers):
    """The delivery as it comes while two secrets are in use; none where the provider doesn't do that."""
    join = ROTATIONS.get((vector["provider"], vector["mode"]))
    if not join:
        return []
    name = next(name for name in vector["headers"] if name.lower().endswith("signature"))
    both = {name: join(old_headers[name], vector["headers"][name])}
    return [vector | {"name": f"{vector['name']}, two secrets", "headers": vector["headers"] | both}]


def make(workshop):
    vectors = []
    for entry in library_table(workshop):
        deliveries = list(unsigned(entry))
        old = {"secret": OLD_SECRET.get(entry["provider"], "another secret")} if "secret" in deliveries[0] else {}
        *answers, old_answer = library_answers(workshop, "sign", [*deliveries, deliveries[0] | old])
        signed = [delivery | answer | {"valid": True} for delivery, answer in zip(deliveries, answers, strict=True)]
        signed += rotated(signed[0], old_answer["headers"])
        signed += [altered(vector) | {"name": f"{vector['name']}, one bit turned", "valid": False} for vector in signed]
        judged = [answer["valid"] for answer in library_answers(workshop, "verify", signed)]
        wrong = [vector for vector, valid in zip(signed, judged, strict=True) if vector["valid"] != valid]
        if wrong:
            sys.exit(f"the library says otherwise of {json.dumps(wrong, indent=2)}")
        vectors += signed
    for vector in vectors:
        del vector["id"]  # It stands in the headers, where the scheme has one.
    return json.dumps(vectors, ensure_ascii=False, indent=2) + "\n"


def main():
    prepare_packages()
    with tempfile.TemporaryDirectory() as folder:
        text = make(Workshop(None, Path(folder)))
    if sys.argv[1:] == ["--check"]:
        if VECTORS.read_text(encoding="utf-8") != text:
            sys.exit(f"{VECTORS.name} is not what the libraries sign today: run make_vectors.py")
    else:
        VECTORS.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
