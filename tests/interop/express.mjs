// A superfolio receiver on Express, written after the verification steps of superfolio's webhook page.
import { createHmac, timingSafeEqual } from "node:crypto";
import process from "node:process";

import express from "express";

const secret = process.env.SUPERFOLIO_WEBHOOK_SECRET;
if (!secret) {
  // Anyone can sign with an empty key, so a receiver without a secret must not run.
  console.error("SUPERFOLIO_WEBHOOK_SECRET is not set");
  process.exit(1);
}

function isSignedBy(key, rawBody, received) {
  const expected = Buffer.from(createHmac("sha256", key).update(rawBody).digest("hex"));
  const given = Buffer.from(received);
  // timingSafeEqual throws on different lengths, and only bytes may be counted: one character can be several bytes.
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** What is signed may be no JSON all the same. */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const app = express();
// Else its error pages, as for a body over the limit, show a stack trace to whoever asks.
app.set("env", "production");

// The signature covers the bytes as they came, so no parser may touch them first.
app.post("/superfolio-webhook", express.raw({ type: () => true, limit: "10mb" }), (request, response) => {
  // Express leaves no Buffer where a request has no body at all.
  const rawBody = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  if (!isSignedBy(secret, rawBody, request.get("X-Superfolio-Signature") ?? "")) {
    response.status(401).send("Invalid signature");
    return;
  }
  const payload = parsed(rawBody.toString("utf8"));
  if (typeof payload?.event_type !== "string") {
    response.status(400).send("Not an event");
    return;
  }
  console.log(`accepted ${payload.event_type}`);
  response.status(200).send("ok");
});

app.listen(Number(process.env.PORT), "127.0.0.1", (error) => {
  if (error) throw error;
  console.log("ready");
});
