// A superfolio receiver on Express that keeps to the sample on superfolio's webhook page, flaws and all. The sound one
// is ../express.mjs.
import crypto from "node:crypto";
import process from "node:process";

import express from "express";

const app = express();

app.post("/superfolio-webhook", express.raw({ type: "application/json" }), (request, response) => {
  const rawBody = request.body.toString("utf8");
  const received = request.header("X-Superfolio-Signature") ?? "";
  // Without its variable it takes what anyone signed with the empty key.
  const key = process.env.SUPERFOLIO_WEBHOOK_SECRET ?? "";
  const expected = crypto.createHmac("sha256", key).update(rawBody).digest("hex");
  // 64 characters that are no hex decode to fewer than 32 bytes, and timingSafeEqual throws.
  const isValid =
    received.length === expected.length &&
    crypto.timingSafeEqual(Buffer.from(received, "hex"), Buffer.from(expected, "hex"));
  if (!isValid) {
    response.status(401).send("Invalid signature");
    return;
  }
  const payload = JSON.parse(rawBody);
  console.log(`accepted ${payload.event_type}`);
  response.status(200).send("ok");
});

app.listen(Number(process.env.PORT), "127.0.0.1", (error) => {
  if (error) throw error;
  console.log("ready");
});
