// The providers' own npm libraries as signers and verifiers of deliveries:
//
//     node libraries.mjs list | sign | verify | serve
//
// `list` says which there are. The others read deliveries from stdin, one line of JSON for each, and answer each with a
// line: `sign` with the headers of its signature, `verify` with `valid` and, where the library says one, an `error`. A
// library that signs nothing itself gets a signature made the plain way; `sign` answers only what the library's own
// verifier then accepts. The clock stands at the delivery's `at`. `serve` is a receiver on $PORT for the library and key
// in $SCHEME, by the true clock: it answers 200 to what is valid JSON or a form, a handshake as documented, and 400 to all else.
import crypto, { createHmac, createPrivateKey, createPublicKey } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import process from "node:process";
import { parse as parseForm } from "node:querystring";
import { createInterface } from "node:readline";

const LIBRARIES = [
  {
    library: "npm:standardwebhooks",
    provider: "standard-webhooks",
    mode: "v1",
    async sign({ secret, id, date, body }) {
      const { Webhook } = await import("standardwebhooks");
      return standardHeaders("webhook", id, date, new Webhook(secret).sign(id, date, body));
    },
    async verify({ secret, body, headers }) {
      const { Webhook } = await import("standardwebhooks");
      new Webhook(secret).verify(body, headers);
      return true;
    },
  },
  {
    library: "npm:svix",
    provider: "standard-webhooks",
    mode: "svix",
    async sign({ secret, id, date, body }) {
      const { Webhook } = await import("svix");
      return standardHeaders("svix", id, date, new Webhook(secret).sign(id, date, body));
    },
    async verify({ secret, body, headers }) {
      const { Webhook } = await import("svix");
      new Webhook(secret).verify(body, headers);
      return true;
    },
  },
  {
    // None of the libraries has the asymmetric kind, so this is the specification alone, five minutes included.
    library: "node:crypto",
    provider: "standard-webhooks",
    mode: "v1a",
    sign({ private_key, id, date, at, body }) {
      const key = ed25519Private(private_key.replace("whsk_", ""), "base64");
      const signature = crypto.sign(null, `${id}.${at}.${body}`, key).toString("base64");
      return standardHeaders("webhook", id, date, `v1a,${signature}`);
    },
    verify({ public_key, headers, body }) {
      const key = ed25519Public(public_key.replace("whpk_", ""), "base64");
      const timestamp = headers["webhook-timestamp"];
      if (Math.abs(Date.now() / 1000 - timestamp) > 300) throw new Error("timestamp too old or too new");
      const content = `${headers["webhook-id"]}.${timestamp}.${body}`;
      const items = headers["webhook-signature"].split(" ").filter((item) => item.startsWith("v1a,"));
      return items.some((item) => crypto.verify(null, content, key, Buffer.from(item.slice(4), "base64")));
    },
  },
  {
    library: "npm:stripe",
    provider: "stripe",
    async sign({ secret, at, body }) {
      const { default: Stripe } = await import("stripe");
      const options = { payload: body, secret, timestamp: at };
      return { "Stripe-Signature": Stripe.webhooks.generateTestHeaderString(options) };
    },
    async verify({ secret, headers, body }) {
      const { default: Stripe } = await import("stripe");
      Stripe.webhooks.constructEvent(body, headers["stripe-signature"], secret);
      return true;
    },
  },
  {
    library: "npm:@octokit/webhooks-methods",
    provider: "github",
    async sign({ secret, body }) {
      const { sign } = await import("@octokit/webhooks-methods");
      return { "X-Hub-Signature-256": await sign(secret, body) };
    },
    async verify({ secret, headers, body }) {
      const { verify } = await import("@octokit/webhooks-methods");
      return verify(secret, body, headers["x-hub-signature-256"]);
    },
  },
  {
    library: "npm:@shopify/shopify-api",
    provider: "shopify",
    async sign({ secret, body }) {
      await import("@shopify/shopify-api/adapters/node");
      const { createSHA256HMAC, HashFormat } = await import("@shopify/shopify-api/runtime");
      return { "X-Shopify-Hmac-Sha256": await createSHA256HMAC(secret, body, HashFormat.Base64) };
    },
    async verify({ secret, headers, body, method, url }) {
      await import("@shopify/shopify-api/adapters/node");
      const { ApiVersion, shopifyApi } = await import("@shopify/shopify-api");
      const shopify = shopifyApi({
        apiKey: "key",
        apiSecretKey: secret,
        apiVersion: Object.values(ApiVersion)[0],
        hostName: "example.com",
        isEmbeddedApp: true,
        logger: { log() {} },
      });
      // It refuses a delivery that lacks one of these, which no signature covers. One that has a topic came whole.
      const others = {
        "x-shopify-topic": "orders/create",
        "x-shopify-shop-domain": "example.myshopify.com",
        "x-shopify-api-version": "2026-01",
        "x-shopify-webhook-id": "00000000-0000-4000-8000-000000000000",
      };
      const all = headers["x-shopify-topic"] ? headers : { ...others, ...headers };
      const request = { rawBody: body, rawRequest: { method, url, headers: all } };
      return outcome(await shopify.webhooks.validate(request));
    },
  },
  {
    library: "npm:@paddle/paddle-node-sdk",
    provider: "paddle",
    sign: ({ secret, at, body }) => ({
      "Paddle-Signature": `ts=${at};h1=${hmac(secret, `${at}:${body}`, "hex")}`,
    }),
    async verify({ secret, headers, body }) {
      const { Paddle } = await import("@paddle/paddle-node-sdk");
      return new Paddle("key").webhooks.isSignatureValid(body, secret, headers["paddle-signature"]);
    },
  },
  {
    library: "npm:square",
    provider: "square",
    sign: ({ secret, url, body }) => ({ "x-square-hmacsha256-signature": hmac(secret, url + body, "base64") }),
    async verify({ secret, url, headers, body }) {
      const { WebhooksHelper } = await import("square");
      return WebhooksHelper.verifySignature({
        requestBody: body,
        signatureHeader: headers["x-square-hmacsha256-signature"],
        signatureKey: secret,
        notificationUrl: url,
      });
    },
  },
  {
    library: "npm:@linear/sdk",
    provider: "linear",
    sign: ({ secret, body }) => ({ "Linear-Signature": hmac(secret, body, "hex") }),
    async verify({ secret, headers, bytes }) {
      const { LinearWebhookClient } = await import("@linear/sdk/webhooks");
      return new LinearWebhookClient(secret).verify(bytes, headers["linear-signature"]);
    },
  },
  {
    library: "npm:twilio",
    provider: "twilio",
    async sign({ secret, url, body }) {
      const { default: twilio } = await import("twilio");
      return { "X-Twilio-Signature": twilio.getExpectedTwilioSignature(secret, url, parseForm(body)) };
    },
    async verify({ secret, url, headers, body }) {
      const { default: twilio } = await import("twilio");
      return twilio.validateRequest(secret, headers["x-twilio-signature"], url, parseForm(body));
    },
  },
  ...["v3", "v2", "v1"].map((mode) => ({
    library: "npm:@hubspot/api-client",
    provider: "hubspot",
    mode,
    async sign({ secret, url, method, at, body }) {
      const { Signature } = await import("@hubspot/api-client");
      const timestamp = at * 1000;
      const options = { clientSecret: secret, requestBody: body, url, timestamp };
      const signature = Signature.getSignature(method, mode, options);
      return mode === "v3"
        ? { "X-HubSpot-Signature-v3": signature, "X-HubSpot-Request-Timestamp": `${timestamp}` }
        : { "X-HubSpot-Signature": signature, "X-HubSpot-Signature-Version": mode };
    },
    async verify({ secret, url, method, headers, body }) {
      const { Signature } = await import("@hubspot/api-client");
      return Signature.isValid({
        signature: headers[mode === "v3" ? "x-hubspot-signature-v3" : "x-hubspot-signature"],
        signatureVersion: mode,
        clientSecret: secret,
        requestBody: body,
        url,
        method,
        timestamp: Number(headers["x-hubspot-request-timestamp"]),
      });
    },
  })),
  {
    library: "npm:@sendgrid/eventwebhook",
    provider: "sendgrid",
    // The package verifies with this ECDSA, which signs too.
    async sign({ private_key, at, body }) {
      const { default: ecdsa } = await import("starkbank-ecdsa");
      // It stirs randomness into its nonce; without that, the same delivery has the same signature each time.
      crypto.randomBytes = (size) => Buffer.alloc(size);
      const der = { key: Buffer.from(private_key, "base64"), format: "der", type: "pkcs8" };
      const key = ecdsa.PrivateKey.fromPem(createPrivateKey(der).export({ format: "pem", type: "sec1" }));
      return {
        "X-Twilio-Email-Event-Webhook-Signature": ecdsa.Ecdsa.sign(at + body, key).toBase64(),
        "X-Twilio-Email-Event-Webhook-Timestamp": `${at}`,
      };
    },
    async verify({ public_key, headers, bytes }) {
      const { EventWebhook, EventWebhookHeader } = await import("@sendgrid/eventwebhook");
      const [signature, timestamp] = [EventWebhookHeader.SIGNATURE(), EventWebhookHeader.TIMESTAMP()];
      const webhook = new EventWebhook();
      const key = webhook.convertPublicKeyToECDSA(public_key);
      return webhook.verifySignature(key, bytes, headers[signature.toLowerCase()], headers[timestamp.toLowerCase()]);
    },
  },
  {
    library: "npm:discord-interactions",
    provider: "discord",
    sign: ({ private_key, at, body }) => ({
      "X-Signature-Ed25519": crypto.sign(null, `${at}${body}`, ed25519Private(private_key, "hex")).toString("hex"),
      "X-Signature-Timestamp": `${at}`,
    }),
    async verify({ public_key, headers, bytes }) {
      const { verifyKey } = await import("discord-interactions");
      return verifyKey(bytes, headers["x-signature-ed25519"], headers["x-signature-timestamp"], public_key);
    },
    async answer({ body }) {
      const { InteractionResponseType, InteractionType } = await import("discord-interactions");
      const isPing = JSON.parse(body).type === InteractionType.PING;
      return isPing ? JSON.stringify({ type: InteractionResponseType.PONG }) : "";
    },
  },
];

function standardHeaders(brand, id, date, signature) {
  const timestamp = `${date.getTime() / 1000}`;
  return { [`${brand}-id`]: id, [`${brand}-timestamp`]: timestamp, [`${brand}-signature`]: signature };
}

function hmac(secret, content, encoding) {
  return createHmac("sha256", secret).update(content).digest(encoding);
}

/** An Ed25519 key of 32 bytes, which node reads in the DER form only. */
function ed25519Private(text, encoding) {
  const der = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), Buffer.from(text, encoding)]);
  return createPrivateKey({ key: der, format: "der", type: "pkcs8" });
}

function ed25519Public(text, encoding) {
  const der = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), Buffer.from(text, encoding)]);
  return createPublicKey({ key: der, format: "der", type: "spki" });
}

/** Shopify's verdict as true, or its reason as an error. */
function outcome({ valid, reason, missingHeaders }) {
  if (!valid) throw new Error([reason, ...(missingHeaders ?? [])].join(" "));
  return true;
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

/** A delivery as the table's functions take it. */
function unpacked(delivery) {
  const headers = Object.entries(delivery.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]);
  const bytes = Buffer.from(delivery.body_base64, "base64");
  const date = new RealDate(delivery.at * 1000);
  return { ...delivery, headers: Object.fromEntries(headers), bytes, body: bytes.toString("utf8"), date };
}

/** The library that a delivery names, or else the first for its provider and mode. */
function libraryFor({ library, provider, mode }) {
  const scheme = ({ provider, mode }) => `${provider} ${mode ?? ""}`;
  const wanted = scheme({ provider, mode });
  const found = LIBRARIES.find((entry) => scheme(entry) === wanted && (library ?? entry.library) === entry.library);
  if (!found) throw new Error(`no library for ${JSON.stringify({ library, provider, mode })}`);
  return found;
}

async function verify(delivery) {
  try {
    return { valid: (await libraryFor(delivery).verify(unpacked(delivery))) === true };
  } catch (error) {
    return { valid: false, error: `${error?.message ?? error}` };
  }
}

async function sign(delivery) {
  const headers = await libraryFor(delivery).sign(unpacked(delivery));
  const { valid, error } = await verify({ ...delivery, headers });
  if (!valid) throw new Error(`${delivery.library} refuses what was signed for it: ${error}`);
  return { headers };
}

function isJson(text) {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function serve(scheme, port) {
  const server = createServer(async (request, response) => {
    const chunks = await request.toArray().catch(() => null);
    // A connection that broke off has nobody left to answer.
    if (!chunks) return;
    const body = Buffer.concat(chunks).toString("base64");
    const { method, headers } = request;
    const url = `http://${headers.host}${request.url}`;
    const at = Math.floor(Date.now() / 1000);
    const delivery = { ...scheme, at, method, url, headers, body_base64: body };
    const { valid, error } = await verify(delivery);
    if (error) console.error(error);
    // A library that verifies does not always parse, and what is signed may be no JSON all the same.
    const isTaken = valid && (!headers["content-type"]?.includes("json") || isJson(unpacked(delivery).body));
    const answer = isTaken ? await libraryFor(delivery).answer?.(unpacked(delivery)) : "";
    response.writeHead(isTaken ? 200 : 400, { "Content-Type": "application/json" }).end(answer);
  });
  server.listen(port, "127.0.0.1", () => process.stdout.write("ready\n"));
}

async function version(library) {
  const [registry, name] = library.split(/:(.*)/s);
  if (registry === "node") return "builtin";
  return JSON.parse(await readFile(new URL(`node_modules/${name}/package.json`, import.meta.url), "utf8")).version;
}

const print = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
// Lines of their own would be taken for answers.
console.log = console.info = console.debug = console.error;

const action = process.argv[2];
if (action === "list") {
  for (const { library, provider, mode = null } of LIBRARIES) {
    print({ library, version: await version(library), provider, mode });
  }
} else if (action === "sign" || action === "verify") {
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    const delivery = JSON.parse(line);
    stopClockAt(delivery.at * 1000);
    print(await (action === "sign" ? sign : verify)(delivery));
  }
} else if (action === "serve") {
  serve(JSON.parse(process.env.SCHEME), process.env.PORT);
} else {
  console.error("usage: node libraries.mjs list | sign | verify | serve");
  process.exitCode = 2;
}
