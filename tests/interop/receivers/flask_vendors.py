"""Correct receivers on Flask, on the vendors' own libraries as their pages show them.

Each counts a delivery once, known by what its signature covers.
"""

import base64
import hashlib
import hmac

import stripe
import svix
from flask import Response, jsonify, request
from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey
from paddle_billing.Notifications import Secret, Verifier
from slack_sdk.signature import SignatureVerifier
from square.utils.webhooks_helper import verify_signature
from twilio.request_validator import RequestValidator
from twilio.twiml.messaging_response import MessagingResponse

from steps import digest, equal_texts, parsed


def stripe_receiver(work, secret, **_):
    def webhook():
        try:
            event = stripe.Webhook.construct_event(request.data, request.headers.get("Stripe-Signature"), secret)
        except ValueError:  # Invalid payload
            return "", 400
        except stripe.SignatureVerificationError:
            return "", 400
        work(event.id)
        return jsonify(success=True)

    return webhook


def slack_receiver(work, secret, **_):
    verifier = SignatureVerifier(secret)

    def webhook():
        if not verifier.is_valid_request(request.get_data(), dict(request.headers)):
            return "invalid request", 403
        event = parsed(request.get_data())
        if event is None:
            return "not an event", 400
        if event.get("type") == "url_verification":
            return event["challenge"]
        work(event.get("event_id"))
        return ""

    return webhook


def shopify_receiver(work, secret, **_):
    """Shopify's Python library verifies no webhook; this is its page's code."""

    def webhook():
        data = request.get_data()
        computed = base64.b64encode(hmac.new(secret.encode(), data, hashlib.sha256).digest()).decode()
        if not equal_texts(computed, request.headers.get("X-Shopify-Hmac-SHA256")):
            return "", 401
        if parsed(data) is None:
            return "", 400
        work(digest(data))
        return ""

    return webhook


def svix_receiver(work, secret, **_):
    def webhook():
        try:
            svix.Webhook(secret).verify(request.get_data(), dict(request.headers))
        except svix.WebhookVerificationError:
            return "", 400
        if parsed(request.get_data()) is None:
            return "", 400
        work(request.headers["svix-id"])
        return "", 204

    return webhook


def twilio_receiver(work, secret, **_):
    validator = RequestValidator(secret)

    def webhook():
        if not validator.validate(request.url, request.form, request.headers.get("X-TWILIO-SIGNATURE", "")):
            return "", 403
        work(request.headers["X-TWILIO-SIGNATURE"])
        return Response(str(MessagingResponse()), mimetype="text/xml")

    return webhook


def discord_receiver(work, public_key, **_):
    verify_key = VerifyKey(bytes.fromhex(public_key))

    def webhook():
        signature = request.headers.get("X-Signature-Ed25519", "")
        timestamp = request.headers.get("X-Signature-Timestamp", "")
        try:
            verify_key.verify(timestamp.encode() + request.get_data(), bytes.fromhex(signature))
        except (BadSignatureError, ValueError):
            return "invalid request signature", 401
        if request.json["type"] == 1:
            return jsonify({"type": 1})
        work(request.json.get("id"))
        return jsonify({"type": 4, "data": {"content": "Hello world"}})

    return webhook


def paddle_receiver(work, secret, **_):
    def webhook():
        if not Verifier().verify(request, Secret(secret)):
            return "", 401
        event = parsed(request.get_data())
        if event is None:
            return "", 400
        work(event.get("event_id"))
        return ""

    return webhook


def square_receiver(work, secret, url, **_):
    def webhook():
        is_from_square = verify_signature(
            request_body=request.get_data(as_text=True),
            signature_header=request.headers.get("x-square-hmacsha256-signature", ""),
            signature_key=secret,
            notification_url=url,
        )
        if not is_from_square:
            return "", 403
        event = parsed(request.get_data())
        if event is None:
            return "", 400
        work(event.get("event_id"))
        return ""

    return webhook


RECEIVERS = {
    "stripe": stripe_receiver,
    "slack": slack_receiver,
    "shopify": shopify_receiver,
    "svix": svix_receiver,
    "twilio": twilio_receiver,
    "discord": discord_receiver,
    "paddle": paddle_receiver,
    "square": square_receiver,
}
