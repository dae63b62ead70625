"""Correct receivers on FastAPI, on the vendors' own libraries or, without one, on the code that their pages show.

Each counts a delivery once, known by what its signature covers.
"""

from fastapi import HTTPException, Request, Response
from standardwebhooks import Webhook, WebhookVerificationError

from steps import digest, equal_texts, hmac_hex, is_recent, parsed


def event_of(body):
    """The object that a verified body holds; what is signed may be none all the same."""
    event = parsed(body)
    if event is None:
        raise HTTPException(status_code=400, detail="Not an event")
    return event


def github_receiver(work, secret, **_):
    async def webhook(request: Request):
        body = await request.body()
        signature = request.headers.get("x-hub-signature-256")
        if not signature:
            raise HTTPException(status_code=403, detail="x-hub-signature-256 header is missing!")
        if not equal_texts("sha256=" + hmac_hex(secret, body), signature):
            raise HTTPException(status_code=403, detail="Request signatures didn't match!")
        event_of(body)
        work(digest(body))
        return {}

    return webhook


def standard_webhooks_receiver(work, secret, **_):
    verifier = Webhook(secret)

    async def webhook(request: Request):
        try:
            verifier.verify(await request.body(), dict(request.headers))
        except WebhookVerificationError:
            raise HTTPException(status_code=400) from None
        work(request.headers["webhook-id"])
        return Response(status_code=204)

    return webhook


def linear_receiver(work, secret, **_):
    """Linear has no Python library; these are its page's steps."""

    async def webhook(request: Request):
        body = await request.body()
        if not equal_texts(hmac_hex(secret, body), request.headers.get("linear-signature")):
            raise HTTPException(status_code=401, detail="Invalid signature")
        time = event_of(body).get("webhookTimestamp")
        # The body's time is signed; the one in the header Linear-Timestamp is not.
        if not isinstance(time, int) or not is_recent(time / 1000, 60):
            raise HTTPException(status_code=401, detail="Webhook expired")
        work(digest(body))
        return {}

    return webhook


def zoom_receiver(work, secret, **_):
    """Zoom has no Python library; these are its page's steps, on the bytes as they came."""

    async def webhook(request: Request):
        body = await request.body()
        time = request.headers.get("x-zm-request-timestamp", "")
        expected = "v0=" + hmac_hex(secret, f"v0:{time}:".encode() + body)
        if not is_recent(time) or not equal_texts(expected, request.headers.get("x-zm-signature")):
            raise HTTPException(status_code=401, detail="Unauthorized request")
        event = event_of(body)
        if event.get("event") == "endpoint.url_validation":
            token = event["payload"]["plainToken"]
            return {"plainToken": token, "encryptedToken": hmac_hex(secret, token.encode())}
        work(digest(body))
        return Response(status_code=204)

    return webhook


def gitlab_receiver(work, secret, **_):
    async def webhook(request: Request):
        if not equal_texts(secret, request.headers.get("x-gitlab-token")):
            raise HTTPException(status_code=401)
        body = await request.body()
        event_of(body)
        work(digest(body))
        return {}

    return webhook


RECEIVERS = {
    "github": github_receiver,
    "standard-webhooks": standard_webhooks_receiver,
    "linear": linear_receiver,
    "zoom": zoom_receiver,
    "gitlab": gitlab_receiver,
}
