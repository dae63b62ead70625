// The least that a receiver on Express does: the raw body, its HMAC-SHA256, an answer. benches/listen.py starts it.
import { createHmac, timingSafeEqual } from "node:crypto";
import { createRequire } from "node:module";
import process from "node:process";

const express = createRequire(new URL("../../tests/interop/package.json", import.meta.url))("express");

const app = express();
app.set("env", "production");

app.post("/hook", express.raw({ type: () => true, limit: "10mb" }), (request, response) => {
  const expected = Buffer.from(createHmac("sha256", process.env.SECRET).update(request.body).digest("hex"));
  const given = Buffer.from(request.get("X-Superfolio-Signature") ?? "");
  const isRight = given.length === expected.length && timingSafeEqual(given, expected);
  response.status(isRight ? 200 : 401).send(isRight ? "ok\n" : "refused\n");
});

app.listen(Number(process.argv[2]), "127.0.0.1");
