// One correct receiver for each provider on Express, on the vendor's own library as the vendor's pages show it, or where
// there is none on the steps that they document. Each counts a delivery once, known by what its signature covers.
import "@shopify/shopify-api/adapters/node";

import { LinearWebhookClient } from "@linear/sdk/webhooks";
import { Webhooks, createNodeMiddleware } from "@octokit/webhooks";
import { Paddle } from "@paddle/paddle-node-sdk";
import { ApiVersion, shopifyApi } from "@shopify/shopify-api";
import bolt from "@slack/bolt";
import { verifyKeyMiddleware } from "discord-interactions";
import express from "express";
import { WebhooksHelper } from "square";
import { Webhook as StandardWebhook } from "standardwebhooks";
import Stripe from "stripe";
import { Webhook as SvixWebhook } from "svix";
import twilio from "twilio";

import { bytesOf, digest, equalTexts, hmacHex, isRecent, parsed, rawBody } from "./express_steps.mjs";

// The pages show `express.raw({ type: "application/json" })`, which takes 100 kB at most.
const LIMIT = "10mb";

function stripe(app, { path, secret, work }) {
  app.post(path, rawBody, (request, response) => {
    let event;
    try {
      event = Stripe.webhooks.constructEvent(request.body, request.headers["stripe-signature"], secret);
    } catch (error) {
      response.status(400).send(`Webhook Error: ${error.message}`);
      return;
    }
    work(event.id);
    response.json({ received: true });
  });
}

function github(app, { path, secret, work }) {
  const silent = { debug() {}, info() {}, warn() {}, error() {} };
  const middleware = createNodeMiddleware(new Webhooks({ secret }), { path, log: silent });
  // An event's handler gets neither the raw body nor the signature, and X-GitHub-Delivery is not signed.
  app.post(path, express.text({ type: "*/*", limit: LIMIT }), async (request, response) => {
    await middleware(request, response);
    if (response.statusCode === 200) work(digest(request.body));
  });
}

function slack(app, { path, secret, work }) {
  const receiver = new bolt.ExpressReceiver({
    signingSecret: secret,
    endpoints: path,
    logLevel: bolt.LogLevel.ERROR,
    bodyLimit: LIMIT,
    app,
  });
  const slackApp = new bolt.App({
    receiver,
    logLevel: bolt.LogLevel.ERROR,
    authorize: async () => ({ botToken: "xoxb-1", botId: "B1", botUserId: "U1" }),
  });
  slackApp.event(/.+/, async ({ body }) => work(body.event_id));
}

function shopify(app, { path, secret, work }) {
  const { webhooks } = shopifyApi({
    apiKey: "key",
    apiSecretKey: secret,
    apiVersion: Object.values(ApiVersion)[0],
    hostName: "example.com",
    isEmbeddedApp: true,
    logger: { log() {} },
  });
  app.post(path, express.text({ type: "*/*", limit: LIMIT }), async (request, response) => {
    const { valid } = await webhooks.validate({
      rawBody: request.body,
      rawRequest: request,
      rawResponse: response,
    });
    if (!valid) {
      response.sendStatus(401);
      return;
    }
    if (parsed(request.body) === undefined) {
      response.sendStatus(400);
      return;
    }
    work(digest(request.body));
    response.sendStatus(200);
  });
}

/** Svix's library and that of Standard Webhooks are used alike. */
function standard(Webhook) {
  return (app, { path, secret, work }) => {
    app.post(path, rawBody, (request, response) => {
      try {
        new Webhook(secret).verify(bytesOf(request), request.headers);
        // Svix's library has stopped to parse what it verified.
        JSON.parse(bytesOf(request));
      } catch {
        response.status(400).json({});
        return;
      }
      work(request.headers["webhook-id"] ?? request.headers["svix-id"]);
      response.json({});
    });
  };
}

// It builds the address from the request, as on the page.
function twilioReceiver(app, { path, secret, work }) {
  const form = express.urlencoded({ extended: false, limit: LIMIT, parameterLimit: 100_000 });
  app.post(path, form, twilio.webhook(secret), (request, response) => {
    work(request.headers["x-twilio-signature"]);
    response.type("text/xml").send(new twilio.twiml.MessagingResponse().toString());
  });
}

function discord(app, { path, public_key: publicKey, work }) {
  app.post(path, rawBody, verifyKeyMiddleware(publicKey), (request, response) => {
    work(request.body.id);
    response.send({ type: 4, data: { content: "Hello world" } });
  });
}

function paddle(app, { path, secret, work }) {
  const client = new Paddle("key");
  app.post(path, rawBody, async (request, response) => {
    try {
      const signature = request.headers["paddle-signature"] ?? "";
      const event = await client.webhooks.unmarshal(bytesOf(request).toString(), secret, signature);
      work(event.eventId);
      response.send("Processed webhook event");
    } catch {
      response.status(400).send("Webhook error");
    }
  });
}

function square(app, { path, secret, url, work }) {
  app.post(path, express.text({ type: "*/*", limit: LIMIT }), async (request, response) => {
    const isFromSquare = await WebhooksHelper.verifySignature({
      requestBody: request.body ?? "",
      signatureHeader: request.headers["x-square-hmacsha256-signature"] ?? "",
      signatureKey: secret,
      notificationUrl: url,
    });
    if (!isFromSquare) {
      response.status(403).end();
      return;
    }
    const event = parsed(request.body);
    if (event === undefined) {
      response.status(400).end();
      return;
    }
    work(event?.event_id);
    response.status(200).end();
  });
}

function linear(app, { path, secret, work }) {
  const handler = new LinearWebhookClient(secret).createHandler();
  handler.on("*", ({ webhookTimestamp, type, action, data }) => work([webhookTimestamp, type, action, data?.id].join()));
  app.post(path, handler);
}

/** Zoom's page signs JSON.stringify(request.body); these are its steps on the bytes as they came. */
function zoom(app, { path, secret, work }) {
  app.post(path, rawBody, (request, response) => {
    const body = bytesOf(request);
    const time = request.get("x-zm-request-timestamp") ?? "";
    const expected = `v0=${hmacHex(secret, Buffer.concat([Buffer.from(`v0:${time}:`), body]))}`;
    if (!isRecent(time) || !equalTexts(expected, request.get("x-zm-signature"))) {
      response.status(401).json({ message: "Unauthorized request" });
      return;
    }
    const event = parsed(body.toString());
    if (event?.event === "endpoint.url_validation") {
      const { plainToken } = event.payload;
      response.json({ plainToken, encryptedToken: hmacHex(secret, plainToken) });
      return;
    }
    if (typeof event?.event !== "string") {
      response.status(400).json({ message: "Not an event" });
      return;
    }
    work(digest(body));
    response.status(204).end();
  });
}

/** The token signs nothing, so the header's ID is worth as much as the body. */
function gitlab(app, { path, secret, work }) {
  app.post(path, express.json({ limit: LIMIT }), (request, response) => {
    if (!equalTexts(secret, request.get("X-Gitlab-Token"))) {
      response.status(401).end();
      return;
    }
    work(request.get("Idempotency-Key"));
    response.status(200).end();
  });
}

export const RECEIVERS = {
  stripe,
  github,
  slack,
  shopify,
  "standard-webhooks": standard(StandardWebhook),
  svix: standard(SvixWebhook),
  twilio: twilioReceiver,
  discord,
  paddle,
  square,
  linear,
  zoom,
  gitlab,
};
