"""Verifiers of the providers' Python libraries for mutated deliveries:

    python verifiers.py list | verify

It reads and answers as verifiers.mjs does.
"""

import base64
import json
import logging
import sys
import time
from datetime import datetime, timezone
from importlib.metadata import version
from types import SimpleNamespace
from urllib.parse import parse_qsl

import discord_interactions
import hubspot.utils.signature
import paddle_billing.Notifications
import resend
import sendgrid.helpers.eventwebhook
import slack_sdk.signature
import standardwebhooks
import stripe
import svix
import twilio.request_validator
from mailgun.security import SecurityGuard
from square.utils.webhooks_helper import verify_signature


def standard(webhook):
    def verify(delivery, body, headers):
        webhook(delivery["secret"]).verify(body, headers)
        return True

    return verify


def verify_resend(delivery, body, headers):
    signed = {name: headers.get(f"svix-{name}") for name in ("id", "timestamp", "signature")}
    resend.Webhooks.verify({"payload": body.decode(), "headers": signed, "webhook_secret": delivery["secret"]})
    return True


def verify_stripe(delivery, body, headers):
    stripe.Webhook.construct_event(body, headers.get("stripe-signature"), delivery["secret"], api_key="key")
    return True


def verify_slack(delivery, body, headers):
    return slack_sdk.signature.SignatureVerifier(delivery["secret"]).is_valid_request(body, headers)


def verify_paddle(delivery, body, headers):
    request = SimpleNamespace(body=body, headers={"Paddle-Signature": headers.get("paddle-signature")})
    secret = paddle_billing.Notifications.Secret(delivery["secret"])
    return paddle_billing.Notifications.Verifier().verify(request, secret)


def verify_square(delivery, body, headers):
    return verify_signature(
        request_body=body.decode(),
        signature_header=headers["x-square-hmacsha256-signature"],
        signature_key=delivery["secret"],
        notification_url=delivery["url"],
    )


class Fields(dict):
    """The fields of a form as web frameworks give them: each with all of its values."""

    def getlist(self, name):
        return self[name]


def verify_twilio(delivery, body, headers):
    params = body.decode()
    if headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        fields = parse_qsl(params, keep_blank_values=True)
        params = Fields({name: [value for key, value in fields if key == name] for name, _ in fields})
    elif "bodySHA256" not in delivery["url"]:
        params = {}
    settings = headers.get("x-twilio-webhooks-signature-settings")
    algorithm = twilio.request_validator.get_signature_algorithm(settings)
    validator = twilio.request_validator.RequestValidator(delivery["secret"])
    return validator.validate(delivery["url"], params, headers["x-twilio-signature"], algorithm)


def hubspot_entry(mode):
    def verify(delivery, body, headers):
        # As documented, the header tells the version; without it the library's default counts.
        version = mode if mode == "v3" else headers.get("x-hubspot-signature-version")
        versions = {"signature_version": version} if version is not None else {}
        return hubspot.utils.signature.Signature.is_valid(
            signature=headers["x-hubspot-signature-v3" if mode == "v3" else "x-hubspot-signature"],
            client_secret=delivery["secret"],
            request_body=body.decode(),
            http_uri=delivery["url"],
            http_method=delivery["method"],
            timestamp=headers.get("x-hubspot-request-timestamp"),
            **versions,
        )

    return ("hubspot-api-client", "hubspot", mode, verify)


def verify_sendgrid(delivery, body, headers):
    webhook = sendgrid.helpers.eventwebhook.EventWebhook(delivery["public_key"])
    signature, timestamp = (headers[f"x-twilio-email-event-webhook-{of}"] for of in ("signature", "timestamp"))
    return webhook.verify_signature(body.decode(), signature, timestamp)


def verify_discord(delivery, body, headers):
    names = ("x-signature-ed25519", "x-signature-timestamp")
    return discord_interactions.verify_key(body, *(headers[name] for name in names), delivery["public_key"])


def verify_mailgun(delivery, body, headers):
    signed = json.loads(body)["signature"]
    return SecurityGuard.verify_webhook(
        delivery["secret"], signed["token"], signed["timestamp"], signed["signature"]
    )


VERIFIERS = [
    ("standardwebhooks", "standard-webhooks", "v1", standard(standardwebhooks.Webhook)),
    ("svix", "svix", None, standard(svix.Webhook)),
    ("resend", "resend", None, verify_resend),
    ("stripe", "stripe", None, verify_stripe),
    ("slack_sdk", "slack", None, verify_slack),
    ("paddle-python-sdk", "paddle", None, verify_paddle),
    ("squareup", "square", None, verify_square),
    ("twilio", "twilio", None, verify_twilio),
    *(hubspot_entry(mode) for mode in ("v3", "v2", "v1")),
    ("sendgrid", "sendgrid", None, verify_sendgrid),
    ("discord-interactions", "discord", None, verify_discord),
    ("mailgun", "mailgun", None, verify_mailgun),
]

# The packages that read the clock by names of their own.
TIMED = {"hubspot", "mailgun", "paddle_billing", "resend", "slack_sdk", "standardwebhooks", "svix"}
# What the libraries take for the time: that of the delivery at hand.
CLOCK = SimpleNamespace(at=0)


class StoppedDatetime(datetime):
    @classmethod
    def now(cls, tz=None):
        return datetime.fromtimestamp(CLOCK.at, tz)


def stop_the_clock():
    time.time = lambda: CLOCK.at
    for module in list(sys.modules.values()):
        if getattr(module, "__name__", "").partition(".")[0] not in TIMED:
            continue
        if callable(getattr(module, "time", None)):
            module.time = time.time
        if getattr(module, "datetime", None) is datetime:
            module.datetime = StoppedDatetime


def verdict(delivery):
    name = delivery["library"].removeprefix("pypi:")
    for library, provider, mode, verify in VERIFIERS:
        if (library, provider, mode) == (name, delivery["provider"], delivery["mode"]):
            break
    else:
        raise LookupError(f"no {name} for {delivery['provider']}")
    CLOCK.at = delivery["at"]
    try:
        valid = verify(delivery, base64.b64decode(delivery["body_base64"]), delivery["headers"]) is True
        return {"valid": valid} if valid else {"valid": False, "error": "False"}
    except json.JSONDecodeError:
        # A body that is no JSON is found so after its signature was found right.
        return {"valid": delivery["provider"] != "mailgun"}
    except Exception as problem:  # The libraries tell a refusal, and what they can't read, in errors of many kinds.
        # Resend's error for a body that is no JSON.
        if "failed to parse webhook payload" in str(problem):
            return {"valid": True}
        return {"valid": False, "error": f"{type(problem).__name__}: {problem}"}


def main():
    action = sys.argv[1] if len(sys.argv) == 2 else None
    output = sys.stdout
    # Lines of the libraries' own would be taken for answers.
    sys.stdout = sys.stderr
    logging.disable()
    if action == "list":
        for library, provider, mode, _ in VERIFIERS:
            entry = {"library": f"pypi:{library}", "version": version(library), "provider": provider, "mode": mode}
            print(json.dumps(entry), file=output)
    elif action == "verify":
        stop_the_clock()
        for line in sys.stdin.buffer:
            print(json.dumps(verdict(json.loads(line))), file=output)
    else:
        sys.exit("usage: python verifiers.py list | verify")


if __name__ == "__main__":
    main()
