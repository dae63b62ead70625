"""The steps that receivers of several providers share."""

import hashlib
import hmac
import json
import threading
import time


class Work:
    """Processes a delivery once for each ID; without an ID, each time."""

    def __init__(self):
        self.processed = 0
        self.seen = set()
        self.lock = threading.Lock()

    def __call__(self, delivery_id=None):
        with self.lock:
            if delivery_id is not None and delivery_id in self.seen:
                return
            self.seen.add(delivery_id)
            self.processed += 1


def digest(content):
    return hashlib.sha256(content).hexdigest()


def hmac_hex(secret, content):
    return hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()


def equal_texts(expected, received):
    """Compares in constant time. compare_digest raises on text that is not ASCII, and a sender may put anything here."""
    return hmac.compare_digest(expected.encode(), (received or "").encode("utf-8", "surrogateescape"))


def is_recent(seconds, tolerance=300):
    """At most so many seconds off, either way."""
    try:
        return abs(time.time() - float(seconds)) <= tolerance
    except ValueError:
        return False


def parsed(body):
    """The object in the body, or none where it is no JSON object."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
