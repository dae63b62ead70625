"""A superfolio receiver on FastAPI that keeps to the sample on superfolio's webhook page, flaws and all.

`uvicorn fastapi_receiver:app` runs it. The sound one is ../fastapi_receiver.py.
"""

import hashlib
import hmac
import json
import os

from fastapi import FastAPI, HTTPException, Request

app = FastAPI()


@app.post("/superfolio-webhook")
async def superfolio_webhook(request: Request):
    raw_body = await request.body()
    received = request.headers.get("X-Superfolio-Signature", "")
    key = os.environ["SUPERFOLIO_WEBHOOK_SECRET"].encode("utf-8")
    expected = hmac.new(key, raw_body, hashlib.sha256).hexdigest()
    # Text that is not ASCII raises TypeError here.
    if not hmac.compare_digest(received, expected):
        raise HTTPException(status_code=401, detail="Invalid signature")
    payload = json.loads(raw_body)
    print("accepted", payload["event_type"], flush=True)
    return {"received": payload["event_id"]}
