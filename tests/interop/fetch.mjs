// A superfolio receiver in the fetch style, `(request: Request) => Response`, as Next.js, Deno, Bun and edge
// runtimes have it. It checks with Web Crypto, which is there in all of them.
import { createServer } from "node:http";
import process from "node:process";
import { Readable } from "node:stream";

const secret = process.env.SUPERFOLIO_WEBHOOK_SECRET;
if (!secret) {
  // Anyone can sign with an empty key, so a receiver without a secret must not run.
  console.error("SUPERFOLIO_WEBHOOK_SECRET is not set");
  process.exit(1);
}

const key = await crypto.subtle.importKey(
  "raw",
  new TextEncoder().encode(secret),
  { name: "HMAC", hash: "SHA-256" },
  false,
  ["verify"],
);

async function isSigned(rawBody, received) {
  // Exactly 32 bytes in hex: Buffer.from would silently stop at the first character that is none.
  if (!/^[0-9a-f]{64}$/.test(received)) return false;
  return crypto.subtle.verify("HMAC", key, Buffer.from(received, "hex"), rawBody);
}

/** What is signed may be no JSON all the same. */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** @type {(request: Request) => Promise<Response>} */
async function handle(request) {
  if (request.method !== "POST" || new URL(request.url).pathname !== "/superfolio-webhook") {
    return new Response("Not found", { status: 404 });
  }
  // Not text(): it drops a byte order mark and replaces what is not UTF-8, and the signature covers these bytes.
  const rawBody = await request.arrayBuffer();
  if (!(await isSigned(rawBody, request.headers.get("X-Superfolio-Signature") ?? ""))) {
    return Response.json({ error: "Invalid signature" }, { status: 401 });
  }
  const payload = parsed(new TextDecoder().decode(rawBody));
  if (typeof payload?.event_type !== "string") {
    return Response.json({ error: "Not an event" }, { status: 400 });
  }
  console.log(`accepted ${payload.event_type}`);
  return Response.json({ received: payload.event_id });
}

function toRequest(incoming) {
  const headers = new Headers();
  for (let i = 0; i < incoming.rawHeaders.length; i += 2) {
    headers.append(incoming.rawHeaders[i], incoming.rawHeaders[i + 1]);
  }
  const hasBody = incoming.method !== "GET" && incoming.method !== "HEAD";
  return new Request(new URL(incoming.url, "http://127.0.0.1"), {
    method: incoming.method,
    headers,
    body: hasBody ? Readable.toWeb(incoming) : undefined,
    duplex: "half",
  });
}

const server = createServer(async (incoming, outgoing) => {
  try {
    const response = await handle(toRequest(incoming));
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    outgoing.end(Buffer.from(await response.arrayBuffer()));
  } catch (error) {
    console.error(error);
    outgoing.writeHead(500).end();
  }
});
server.listen(Number(process.env.PORT), "127.0.0.1", () => console.log("ready"));
