// A receiver that leaves the verdict to GitHub's own npm verifier. GitHub's scheme, `sha256=` and the hex HMAC of the
// raw body, is used by other providers under header names of their own: SIGNATURE_HEADER says which.
import { createServer } from "node:http";
import process from "node:process";
import { buffer } from "node:stream/consumers";

import { verify } from "@octokit/webhooks-methods";

const { PORT, SECRET: secret, SIGNATURE_HEADER: header } = process.env;
if (!secret || !header) {
  // Anyone can sign with an empty key, so a receiver without a secret must not run.
  console.error("SECRET or SIGNATURE_HEADER is not set");
  process.exit(1);
}

async function isSigned(body, signature) {
  // The verifier throws where one of them is empty, instead of saying no.
  return body !== "" && signature !== "" && (await verify(secret, body, signature));
}

const server = createServer(async (request, response) => {
  try {
    const body = (await buffer(request)).toString("utf8");
    const accepted = await isSigned(body, request.headers[header.toLowerCase()] ?? "");
    if (accepted) console.log("accepted");
    response.writeHead(accepted ? 200 : 401).end();
  } catch (error) {
    console.error(error);
    response.writeHead(500).end();
  }
});
server.listen(Number(PORT), "127.0.0.1", () => console.log("ready"));
