// Receivers on Express with one flaw each, all of them seen in public code. They answer 401 to what they refuse.
import { createHmac, createPublicKey, verify as verifySignature } from "node:crypto";

import express from "express";
import Stripe from "stripe";

import { bytesOf, digest, equalTexts, hmacHex, isRecent, parsed, rawBody } from "./express_steps.mjs";

/** The right check of each scheme, of the delivery and the configuration. */
const isSigned = {
  github({ body, header, secret }) {
    return equalTexts(`sha256=${hmacHex(secret, body)}`, header("X-Hub-Signature-256"));
  },
  slack({ body, header, secret }) {
    return isTimed(secret, body, header("X-Slack-Request-Timestamp"), header("X-Slack-Signature"));
  },
  zoom({ body, header, secret }) {
    return isTimed(secret, body, header("x-zm-request-timestamp"), header("x-zm-signature"));
  },
  linear({ body, header, secret }) {
    return equalTexts(hmacHex(secret, body), header("Linear-Signature"));
  },
  gitlab({ header, secret }) {
    return equalTexts(secret, header("X-Gitlab-Token"));
  },
  stripe({ body, header, secret }) {
    return isStripe(body, header("Stripe-Signature"), secret);
  },
  discord({ body, header, public_key: publicKey }) {
    const der = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), Buffer.from(publicKey, "hex")]);
    const key = createPublicKey({ key: der, format: "der", type: "spki" });
    const content = Buffer.concat([Buffer.from(header("X-Signature-Timestamp")), body]);
    return verifySignature(null, content, key, Buffer.from(header("X-Signature-Ed25519"), "hex"));
  },
};
isSigned.meta = isSigned.github;

function hmac(secret, content) {
  return createHmac("sha256", secret).update(content).digest("base64");
}

/** The scheme of Slack, which Zoom has too. */
function isTimed(secret, body, time, signature) {
  const expected = hmacHex(secret, Buffer.concat([Buffer.from(`v0:${time}:`), body]));
  return isRecent(time) && equalTexts(`v0=${expected}`, signature);
}

function isStripe(body, signature, secret, tolerance) {
  try {
    Stripe.webhooks.constructEvent(body, signature, secret, tolerance);
    return true;
  } catch {
    return false;
  }
}

function handshakeOf(scheme, event, secret) {
  if (scheme === "discord" && event?.type === 1) return { type: 1 };
  if (scheme === "slack" && event?.type === "url_verification") return { challenge: event.challenge };
  if (scheme === "zoom" && event?.event === "endpoint.url_validation") {
    const { plainToken } = event.payload;
    return { plainToken, encryptedToken: hmacHex(secret, `${plainToken}`) };
  }
  return undefined;
}

/**
 * A receiver of a scheme, right in all that no step replaces: `handshakeFirst` answers a handshake before it verifies,
 * `isTrusted` is taken for a signature, `isSigned` verifies, `id` tells repeats, and `workFirst` or `rememberFirst` do
 * before the verification what belongs after it.
 */
function flawed(scheme, steps) {
  const { handshakeFirst, isTrusted, id, workFirst, rememberFirst, secret: ownSecret } = steps;
  const verified = steps.isSigned ?? isSigned[scheme];
  return (app, { path, work, ...config }) => {
    const seen = new Set();
    app.post(path, steps.parser ?? rawBody, (request, response) => {
      const body = bytesOf(request);
      const secret = ownSecret ?? config.secret;
      const delivery = { ...config, secret, request, body, header: (name) => request.get(name) ?? "" };
      const event = steps.parser ? request.body : parsed(body.toString());
      const handshake = handshakeOf(scheme, event, secret);
      if (handshakeFirst && handshake) {
        response.json(handshake);
        return;
      }
      const known = id?.(delivery, event);
      if (rememberFirst && known && seen.has(known)) {
        response.json({ repeated: true });
        return;
      }
      if (rememberFirst) seen.add(known);
      if (workFirst) work();
      const isBelieved = isTrusted?.(delivery, event) ?? false;
      if (!isBelieved && !verified(delivery)) {
        response.status(401).end();
        return;
      }
      if (!isBelieved && event === undefined) {
        response.status(400).end();
        return;
      }
      if (!workFirst && (isBelieved || !handshake)) work(rememberFirst ? undefined : (known ?? digest(body)));
      response.status(200).send(handshake);
    });
  };
}

/** The field of a JSON body, or of a form as Slack sends its commands. */
function field(delivery, event, name) {
  return event?.[name] ?? new URLSearchParams(delivery.body.toString()).get(name);
}

/** Takes the algorithm from the header, `sha1=...`; `otherwise` says of one that is unknown whether it is verified. */
function namedAlgorithm(known, otherwise) {
  return ({ body, header, secret }) => {
    const [algorithm, signature] = (header("X-Hub-Signature-256") || header("X-Hub-Signature")).split(/=(.*)/s);
    if (!known.includes(algorithm)) return otherwise(algorithm, signature);
    return equalTexts(createHmac(algorithm, secret).update(body).digest("hex"), signature);
  };
}

function gitlab(isToken) {
  return flawed("gitlab", { isSigned: ({ header, secret }) => isToken(header("X-Gitlab-Token"), secret) });
}

/** A receiver of Square's deliveries that builds the address of a request in a way of its own. */
function square(addressOf) {
  return flawed("square", {
    isSigned: ({ request, body, header, secret }) => {
      const content = Buffer.concat([Buffer.from(addressOf(request)), body]);
      return equalTexts(hmac(secret, content), header("x-square-hmacsha256-signature"));
    },
  });
}

const github = (steps) => flawed("github", steps);
const slack = (steps) => flawed("slack", steps);

export const RECEIVERS = {
  "discord-ping-unverified": flawed("discord", { handshakeFirst: true }),
  // It signs any text, so also `v0:TIME:BODY`, which is the content of a signature.
  "zoom-validation-unverified": flawed("zoom", { handshakeFirst: true }),
  "slack-verification-unverified": slack({ handshakeFirst: true }),

  "slack-ssl-check-trusted": slack({ isTrusted: (delivery, event) => `${field(delivery, event, "ssl_check")}` === "1" }),
  "slack-type-trusted": slack({ isTrusted: (_, event) => event?.type === "url_verification" }),
  "slack-challenge-trusted": slack({ isTrusted: (_, event) => event?.challenge !== undefined }),
  "meta-mode-trusted": (app, config) => {
    app.get(config.path, ({ query }, response) => {
      const isHandshake = query["hub.mode"] === "subscribe";
      response.status(isHandshake ? 200 : 403).send(isHandshake ? query["hub.challenge"] : "");
    });
    flawed("meta", { isTrusted: ({ request }) => request.query["hub.mode"] === "subscribe" })(app, config);
  },

  // Not the time that is signed, `webhookTimestamp` in the body.
  "linear-header-time": flawed("linear", {
    isSigned: (delivery) =>
      isSigned.linear(delivery) && isRecent((Number(delivery.header("Linear-Timestamp")) || Date.now()) / 1000),
  }),

  "github-unsigned-id": github({ id: ({ header }) => header("X-GitHub-Delivery") }),
  "github-id-before-signature": github({ id: ({ header }) => header("X-GitHub-Delivery"), rememberFirst: true }),
  "stripe-id-before-signature": flawed("stripe", { id: (_, event) => event?.id, rememberFirst: true }),

  "github-named-algorithm": github({ isSigned: namedAlgorithm(["sha256", "sha1", "md5"], () => false) }),
  "github-unknown-algorithm": github({ isSigned: namedAlgorithm(["sha256"], (algorithm) => algorithm !== "") }),
  "github-empty-algorithm": github({
    isSigned: namedAlgorithm(["sha256"], (algorithm, signature) => algorithm === "" && signature !== undefined),
  }),

  "gitlab-any-case": gitlab((token, secret) => token.toLowerCase() === secret.toLowerCase()),
  "gitlab-prefix-given": gitlab((token, secret) => token !== "" && secret.startsWith(token)),
  "gitlab-prefix-expected": gitlab((token, secret) => token.startsWith(secret)),
  "gitlab-suffix-expected": gitlab((token, secret) => token.endsWith(secret)),
  "gitlab-trimmed": gitlab((token, secret) => token.replace(/^['"\s]+|['"\s]+$/g, "") === secret),

  "stripe-any-age": flawed("stripe", {
    isSigned: ({ body, header, secret }) => isStripe(body, header("Stripe-Signature"), secret, 0),
  }),
  // As on Zoom's page.
  "zoom-reserialised": flawed("zoom", {
    parser: express.json({ limit: "10mb" }),
    isSigned: ({ request, header, secret }) => {
      const body = Buffer.from(JSON.stringify(request.body) ?? "");
      return isTimed(secret, body, header("x-zm-request-timestamp"), header("x-zm-signature"));
    },
  }),
  // As by `process.env.WEBHOOK_SECRET ?? ""` where the variable is not set.
  "square-without-query": square(({ protocol, headers, path }) => `${protocol}://${headers.host}${path}`),
  "square-behind-proxy": square(({ headers, originalUrl }) => `https://${headers.host}${originalUrl}`),
  "stripe-milliseconds": flawed("stripe", {
    isSigned: ({ body, header, secret }) => {
      const [, time, signature] = header("Stripe-Signature").match(/^t=(\d+),v1=(\w+)$/) ?? [];
      const content = Buffer.concat([Buffer.from(`${time}.`), body]);
      return Math.abs(Date.now() - Number(time)) < 300_000 && equalTexts(hmacHex(secret, content), signature);
    },
  }),
  "github-base64": github({
    isSigned: ({ body, header, secret }) => equalTexts(`sha256=${hmac(secret, body)}`, header("X-Hub-Signature-256")),
  }),
  // As by `app.use(express.json())` before, which leaves nothing to read.
  "github-empty-body": github({
    isSigned: ({ header, secret }) => equalTexts(`sha256=${hmacHex(secret, "")}`, header("X-Hub-Signature-256")),
  }),
  "standard-webhooks-undecoded": flawed("standard-webhooks", {
    isSigned: ({ body, header, secret }) => {
      const content = Buffer.concat([Buffer.from(`${header("webhook-id")}.${header("webhook-timestamp")}.`), body]);
      const expected = `v1,${hmac(secret, content)}`;
      return isRecent(header("webhook-timestamp")) && equalTexts(expected, header("webhook-signature"));
    },
  }),
  "github-empty-secret": github({ secret: "" }),
  "github-unverified": github({ isSigned: () => true }),
  "github-works-first": github({ workFirst: true }),
};
