// Verifiers of the providers' npm libraries for mutated deliveries, and what they need to be called as documented:
//
//     node verifiers.mjs list | verify
//
// `list` prints each library with its version, provider and mode. `verify` reads a line of JSON for each delivery and
// answers each with `valid` and, for a refusal, the `error`. The clock stands at the delivery's `at`. Header names are
// lower case and values are Latin-1, as Node's HTTP server hands them over. A body that is no JSON fails after the
// signature was found right, in libraries that parse it too; that counts as valid.
import { readFile } from "node:fs/promises";
import process from "node:process";
import { parse as parseForm } from "node:querystring";
import { createInterface } from "node:readline";

import { Webhook as StandardWebhook } from "standardwebhooks";
import { Webhook as SvixWebhook } from "svix";
import Stripe from "stripe";
import { Webhooks } from "@octokit/webhooks";
import { verify as verifyGithub } from "@octokit/webhooks-methods";
import "@shopify/shopify-api/adapters/node";
import { ApiVersion, shopifyApi } from "@shopify/shopify-api";
import bolt from "@slack/bolt";
import { Paddle } from "@paddle/paddle-node-sdk";
import { WebhooksHelper } from "square";
import { LinearWebhookClient } from "@linear/sdk/webhooks";
import twilio from "twilio";
import { Signature } from "@hubspot/api-client";
import { EventWebhook } from "@sendgrid/eventwebhook";
import { verifyKey } from "discord-interactions";
import { Resend } from "resend";
import { verifyWebhook as verifyClerk } from "@clerk/backend/webhooks";

const VERIFIERS = [
  {
    library: "npm:standardwebhooks",
    provider: "standard-webhooks",
    mode: "v1",
    parses: true,
    verify({ secret, bytes, headers }) {
      new StandardWebhook(secret).verify(bytes, headers);
      return true;
    },
  },
  {
    library: "npm:svix",
    provider: "svix",
    parses: true,
    verify({ secret, bytes, headers }) {
      new SvixWebhook(secret).verify(bytes, headers);
      return true;
    },
  },
  {
    library: "npm:@clerk/backend",
    provider: "clerk",
    parses: true,
    async verify({ secret, url, method, bytes, headers }) {
      await verifyClerk(new Request(url, { method, headers, body: bytes }), { signingSecret: secret });
      return true;
    },
  },
  {
    library: "npm:resend",
    provider: "resend",
    parses: true,
    verify({ secret, body, headers }) {
      const [id, timestamp, signature] = ["svix-id", "svix-timestamp", "svix-signature"].map((name) => headers[name]);
      const signed = { payload: body, headers: { id, timestamp, signature }, webhookSecret: secret };
      new Resend("re_key").webhooks.verify(signed);
      return true;
    },
  },
  {
    library: "npm:stripe",
    provider: "stripe",
    parses: true,
    verify({ secret, bytes, headers }) {
      Stripe.webhooks.constructEvent(bytes, headers["stripe-signature"], secret);
      return true;
    },
  },
  {
    library: "npm:@octokit/webhooks-methods",
    provider: "github",
    verify: ({ secret, body, headers }) => verifyGithub(secret, body, headers["x-hub-signature-256"]),
  },
  {
    library: "npm:@octokit/webhooks",
    provider: "github",
    verify: ({ secret, body, headers }) => new Webhooks({ secret }).verify(body, headers["x-hub-signature-256"]),
  },
  {
    library: "npm:@shopify/shopify-api",
    provider: "shopify",
    async verify({ secret, headers, body, method, url }) {
      const rawRequest = { method, url, headers };
      const { valid, reason } = await shopify(secret).webhooks.validate({ rawBody: body, rawRequest });
      if (!valid) throw new Error(reason);
      return true;
    },
  },
  {
    library: "npm:@slack/bolt",
    provider: "slack",
    verify({ secret, headers, body }) {
      // Its HTTP receiver hands these two over in this way.
      const given = {
        "x-slack-signature": required(headers, "x-slack-signature"),
        "x-slack-request-timestamp": Number(required(headers, "x-slack-request-timestamp")),
      };
      bolt.verifySlackRequest({ signingSecret: secret, body, headers: given });
      return true;
    },
  },
  {
    library: "npm:@paddle/paddle-node-sdk",
    provider: "paddle",
    verify: ({ secret, headers, body }) =>
      new Paddle("key").webhooks.isSignatureValid(body, secret, headers["paddle-signature"]),
  },
  {
    library: "npm:square",
    provider: "square",
    verify: ({ secret, url, headers, body }) =>
      WebhooksHelper.verifySignature({
        requestBody: body,
        signatureHeader: headers["x-square-hmacsha256-signature"],
        signatureKey: secret,
        notificationUrl: url,
      }),
  },
  {
    library: "npm:@linear/sdk",
    provider: "linear",
    verify: ({ secret, headers, bytes }) => new LinearWebhookClient(secret).verify(bytes, headers["linear-signature"]),
  },
  {
    library: "npm:twilio",
    provider: "twilio",
    verify({ secret, url, headers, body, bytes }) {
      const request = {
        header: (name) => headers[name.toLowerCase()],
        body: isForm(headers) ? { ...parseForm(body) } : {},
        rawBody: bytes,
      };
      const algorithm = twilio.getSignatureAlgorithm(headers["x-twilio-webhooks-signature-settings"]);
      return twilio.validateIncomingRequest(request, secret, { url, algorithm });
    },
  },
  ...["v3", "v2", "v1"].map((mode) => ({
    library: "npm:@hubspot/api-client",
    provider: "hubspot",
    mode,
    verify({ secret, url, method, headers, body }) {
      return Signature.isValid({
        signature: headers[mode === "v3" ? "x-hubspot-signature-v3" : "x-hubspot-signature"],
        // As documented, the header tells the version; without it the library's default counts.
        signatureVersion: mode === "v3" ? mode : headers["x-hubspot-signature-version"],
        clientSecret: secret,
        requestBody: body,
        url,
        method,
        // Its type is a number.
        timestamp: Number(headers["x-hubspot-request-timestamp"]),
      });
    },
  })),
  {
    library: "npm:@sendgrid/eventwebhook",
    provider: "sendgrid",
    verify({ public_key, headers, bytes }) {
      const webhook = new EventWebhook();
      const [signature, timestamp] = ["signature", "timestamp"].map((of) => headers[`x-twilio-email-event-webhook-${of}`]);
      return webhook.verifySignature(webhook.convertPublicKeyToECDSA(public_key), bytes, signature, timestamp);
    },
  },
  {
    library: "npm:discord-interactions",
    provider: "discord",
    verify: ({ public_key, headers, bytes }) =>
      verifyKey(bytes, headers["x-signature-ed25519"], headers["x-signature-timestamp"], public_key),
  },
];

function required(headers, name) {
  if (headers[name] === undefined) throw new Error(`no ${name}`);
  return headers[name];
}

function isForm(headers) {
  return (headers["content-type"] ?? "").startsWith("application/x-www-form-urlencoded");
}

const shops = new Map();

/** Shopify's API for a secret; making one takes longer than a verdict. */
function shopify(secret) {
  if (!shops.has(secret)) {
    const options = { apiKey: "key", apiVersion: Object.values(ApiVersion)[0], hostName: "example.com" };
    const quiet = { isEmbeddedApp: true, logger: { log() {} } };
    shops.set(secret, shopifyApi({ ...options, ...quiet, apiSecretKey: secret }));
  }
  return shops.get(secret);
}

const RealDate = Date;

/** Stops the clock that the libraries read. */
function stopClockAt(milliseconds) {
  globalThis.Date = class extends RealDate {
    constructor(...parts) {
      super(...(parts.length > 0 ? parts : [milliseconds]));
    }
    static now() {
      return milliseconds;
    }
  };
}

async function verdict(delivery) {
  const { library, provider, mode } = delivery;
  const isMeant = (entry) => entry.library === library && entry.provider === provider && entry.mode === (mode ?? undefined);
  const entry = VERIFIERS.find(isMeant);
  if (!entry) throw new Error(`no ${library} for ${provider} ${mode}`);
  const bytes = Buffer.from(delivery.body_base64, "base64");
  stopClockAt(delivery.at * 1000);
  try {
    return { valid: (await entry.verify({ ...delivery, bytes, body: bytes.toString("utf8") })) === true };
  } catch (error) {
    if (entry.parses && isOfBody(error)) return { valid: true };
    return { valid: false, error: `${error?.message ?? error}` };
  }
}

/** An error of the body that was parsed once the signature was found right. */
function isOfBody(error) {
  return error instanceof SyntaxError || /JSON|Cannot read properties of null/.test(error?.message);
}

async function version(library) {
  const path = `node_modules/${library.replace("npm:", "")}/package.json`;
  return JSON.parse(await readFile(new URL(path, import.meta.url), "utf8")).version;
}

const print = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
// Lines of their own would be taken for answers.
console.log = console.info = console.debug = console.warn = () => {};

const action = process.argv[2];
if (action === "list") {
  for (const { library, provider, mode = null } of VERIFIERS) {
    print({ library, version: await version(library), provider, mode });
  }
} else if (action === "verify") {
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    print(await verdict(JSON.parse(line)));
  }
} else {
  console.error("usage: node verifiers.mjs list | verify");
  process.exitCode = 2;
}
