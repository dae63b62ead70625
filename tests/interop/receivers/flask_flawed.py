"""Receivers on Flask with one flaw each, all of them seen in public code."""

import base64
import hashlib
import hmac
import json

import stripe
from flask import request
from steps import digest, equal_texts, parsed


def shopify_reserialised(work, secret, **_):
    """Signs the JSON that it has parsed and written again."""

    def webhook():
        data = json.dumps(request.get_json(), separators=(",", ":")).encode()
        computed = base64.b64encode(hmac.new(secret.encode(), data, hashlib.sha256).digest()).decode()
        if not equal_texts(computed, request.headers.get("X-Shopify-Hmac-SHA256")):
            return "", 401
        work(digest(data))
        return ""

    return webhook


def stripe_works_first(work, secret, **_):
    """Processes the event, and verifies it then."""

    def webhook():
        work((parsed(request.data) or {}).get("id"))
        try:
            stripe.WebhookSignature.verify_header(
                request.get_data(as_text=True), request.headers.get("Stripe-Signature", ""), secret, 300
            )
        except stripe.SignatureVerificationError:
            return "", 400
        return ""

    return webhook


RECEIVERS = {
    "shopify-reserialised": shopify_reserialised,
    "stripe-works-first": stripe_works_first,
}
