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
    try:
        payload = json.loads(raw_body)
        received_id = payload["event_id"]
    # What is signed may be no UTF-8, no JSON, nested too deep, or no object all the same.
    except (ValueError, RecursionError, LookupError, TypeError):
        raise HTTPException(status_code=400, detail="Not an event") from None
    print("accepted", payload["event_type"], flush=True)
    return {"received": received_id}


class Server(uvicorn.Server):
    """Says `ready` once the socket is open; FastAPI's own start-up hook runs before that."""

    async def startup(self, sockets=None) -> None:
        await super().startup(sockets)
        print("ready", flush=True)


if __name__ == "__main__":
    Server(uvicorn.Config(app, host="127.0.0.1", port=int(os.environ["PORT"]), log_level="warning")).run()
