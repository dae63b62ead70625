"""A superfolio receiver on FastAPI, written after the verification steps of superfolio's webhook page."""

import hashlib
import hmac
import json
import os
import sys

import uvicorn
from fastapi import FastAPI, HTTPException, Request

SECRET = os.environb.get(b"SUPERFOLIO_WEBHOOK_SECRET", b"")
if not SECRET:
    # Anyone can sign with an empty key, so a receiver without a secret must not run.
    sys.exit("SUPERFOLIO_WEBHOOK_SECRET is not set")

app = FastAPI()


@app.post("/superfolio-webhook")
async def superfolio_webhook(request: Request) -> dict[str, str]:
    """Accept a delivery whose signature covers the bytes as they came."""
    raw_body = await request.body()
    # compare_digest refuses text that is not ASCII with an exception, and a sender may put anything here.
    received = request.headers.get("X-Superfolio-Signature", "").encode("latin-1")
    expected = hmac.new(SECRET, raw_body, hashlib.sha256).hexdigest().encode("ascii")
    if not hmac.compare_digest(received, expected):
        raise HTTPException(status_code=401, detail="Invalid signature")
    payload = json.loads(raw_body)
    print("accepted", payload["event_type"], flush=True)
    return {"received": payload["event_id"]}


class Server(uvicorn.Server):
    """Says `ready` once the socket is open; FastAPI's own start-up hook runs before that."""

    async def startup(self, sockets=None) -> None:
        await super().startup(sockets)
        print("ready", flush=True)


if __name__ == "__main__":
    Server(uvicorn.Config(app, host="127.0.0.1", port=int(os.environ["PORT"]), log_level="warning")).run()
