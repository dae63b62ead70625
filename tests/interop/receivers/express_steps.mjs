// The steps that receivers of several providers share.
import { createHash, createHmac, timingSafeEqual } from "node:crypto";

import express from "express";

/** Keeps the bytes as they came: a signature covers those. */
export const rawBody = express.raw({ type: () => true, limit: "10mb" });

/** The raw body. Express leaves no Buffer where a request has no body at all. */
export function bytesOf(request) {
  return Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
}

export function digest(content) {
  return createHash("sha256").update(content).digest("hex");
}

export function hmacHex(secret, content) {
  return createHmac("sha256", secret).update(content).digest("hex");
}

/** Compares in constant time; timingSafeEqual throws on different lengths, so digests are compared. */
export function equalTexts(expected, received) {
  const [left, right] = [expected, received ?? ""].map((text) => createHash("sha256").update(text).digest());
  return timingSafeEqual(left, right);
}

/** At most five minutes off, either way. */
export function isRecent(seconds) {
  return Math.abs(Date.now() / 1000 - Number(seconds)) <= 300;
}

/** The value, or undefined where the text is no JSON. */
export function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
