"""The providers' own Python libraries as signers and verifiers of deliveries:

    python libraries.py list | sign | verify | serve

It reads and answers as libraries.mjs does. All of these libraries sign themselves.
"""

import base64
import json
import os
import sys
from datetime import datetime, timezone
from importlib.metadata import version
from unittest import mock

import standardwebhooks
import stripe
import svix
import uvicorn
from fastapi import FastAPI, Request, Response
from slack_sdk.signature import SignatureVerifier


def standard_entry(library, mode, brand, webhook):
    def sign(delivery, body):
        when = datetime.fromtimestamp(delivery["at"], timezone.utc)
        signature = webhook(delivery["secret"]).sign(delivery["id"], when, body.decode())
        stamp = str(delivery["at"])
        return {f"{brand}-id": delivery["id"], f"{brand}-timestamp": stamp, f"{brand}-signature": signature}

    def verify(delivery, body):
        webhook(delivery["secret"]).verify(body, delivery["headers"])
        return True

    return {"library": library, "provider": "standard-webhooks", "mode": mode, "sign": sign, "verify": verify}


def stripe_sign(delivery, body):
    sign = stripe.WebhookSignature.generate_signature_header
    return {"Stripe-Signature": sign(body.decode(), delivery["secret"], delivery["at"])}


def stripe_verify(delivery, body):
    signature = header(delivery, "Stripe-Signature")
    stripe.Webhook.construct_event(body, signature, delivery["secret"], api_key="key")
    return True


def slack_sign(delivery, body):
    stamp = str(delivery["at"])
    signature = SignatureVerifier(delivery["secret"]).generate_signature(timestamp=stamp, body=body)
    return {"X-Slack-Signature": signature, "X-Slack-Request-Timestamp": stamp}


def slack_verify(delivery, body):
    return SignatureVerifier(delivery["secret"]).is_valid_request(body, delivery["headers"])


def slack_answer(body):
    """What Slack waits for when an address is entered; the library has nothing for it."""
    event = json.loads(body)
    is_handshake = isinstance(event, dict) and event.get("type") == "url_verification"
    return event["challenge"] if is_handshake else ""


LIBRARIES = [
    standard_entry("pypi:standardwebhooks", "v1", "webhook", standardwebhooks.Webhook),
    standard_entry("pypi:svix", "svix", "svix", svix.Webhook),
    {"library": "pypi:stripe", "provider": "stripe", "mode": None, "sign": stripe_sign, "verify": stripe_verify},
    {
        **{"library": "pypi:slack_sdk", "provider": "slack", "mode": None},
        **{"sign": slack_sign, "verify": slack_verify, "answer": slack_answer},
    },
]


def header(delivery, name):
    return next((value for key, value in delivery["headers"].items() if key.lower() == name.lower()), None)


def library_for(delivery):
    """The library that a delivery names, or else the first for its provider and mode."""
    for entry in LIBRARIES:
        if all(delivery.get(key, entry[key]) == entry[key] for key in ("library", "provider", "mode")):
            return entry
    raise LookupError(f"no library for {delivery}")


class StoppedClock(datetime):
    """What the libraries take for the time: that of the delivery at hand."""

    at = 0

    @classmethod
    def now(cls, tz=None):
        return datetime.fromtimestamp(cls.at, tz)


def verify(delivery):
    try:
        body = base64.b64decode(delivery["body_base64"])
        return {"valid": library_for(delivery)["verify"](delivery, body) is True}
    except Exception as problem:  # The libraries tell a refusal, and what they can't read, in errors of many kinds.
        return {"valid": False, "error": f"{type(problem).__name__}: {problem}"}


def sign(delivery):
    headers = library_for(delivery)["sign"](delivery, base64.b64decode(delivery["body_base64"]))
    answer = verify(delivery | {"headers": headers})
    if not answer["valid"]:
        raise RuntimeError(f"{delivery['library']} refuses what it signed: {answer}")
    return {"headers": headers}


def serve(scheme, port):
    app = FastAPI()

    @app.post("/{path:path}")
    async def receive(request: Request) -> Response:
        body = await request.body()
        delivery = scheme | {"headers": dict(request.headers), "body_base64": base64.b64encode(body).decode()}
        verdict = verify(delivery)
        if "error" in verdict:
            print(verdict["error"], file=sys.stderr)
        if not verdict["valid"]:
            return Response(status_code=400)
        answer = library_for(delivery).get("answer", lambda _: "")
        try:
            # A library that verifies does not always parse, and what is signed may be no JSON all the same.
            json.loads(body)
            return Response(answer(body), media_type="text/plain")
        except (ValueError, RecursionError):
            return Response(status_code=400)

    # It says `Uvicorn running on` once the socket is open.
    uvicorn.run(app, host="127.0.0.1", port=port, access_log=False)


def main():
    action = sys.argv[1] if len(sys.argv) == 2 else None
    if action == "list":
        for entry in LIBRARIES:
            name = entry["library"].removeprefix("pypi:")
            entry = {key: entry[key] for key in ("library", "provider", "mode")}
            print(json.dumps(entry | {"version": version(name)}))
    elif action in ("sign", "verify"):
        for line in sys.stdin.buffer:
            delivery = json.loads(line)
            StoppedClock.at = delivery["at"]
            with (
                mock.patch("time.time", lambda: StoppedClock.at),
                mock.patch("slack_sdk.signature.time", lambda: StoppedClock.at),
                mock.patch("standardwebhooks.webhooks.datetime", StoppedClock),
            ):
                print(json.dumps({"sign": sign, "verify": verify}[action](delivery)))
    elif action == "serve":
        serve(json.loads(os.environ["SCHEME"]), int(os.environ["PORT"]))
    else:
        sys.exit("usage: python libraries.py list | sign | verify | serve")


if __name__ == "__main__":
    main()
