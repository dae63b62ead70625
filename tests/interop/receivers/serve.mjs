// Serves every receiver on Express in one process: `/NAME` receives, `/processed/NAME` tells how many deliveries it has
// processed. $RECEIVERS is JSON: the name of each receiver with its secret and what else it is configured with.
import process from "node:process";

import express from "express";

import { RECEIVERS as FLAWED } from "./express_flawed.mjs";
import { RECEIVERS as CORRECT } from "./express_vendors.mjs";

const configs = JSON.parse(process.env.RECEIVERS);
const app = express();
// Else its error pages show a stack trace to whoever asks.
app.set("env", "production");

for (const [name, receive] of Object.entries({ ...CORRECT, ...FLAWED })) {
  if (!configs[name]) throw new Error(`nothing is expected of ${name}`);
  const seen = new Set();
  let processed = 0;
  /** Processes a delivery once; without an ID, each time. */
  const work = (id) => {
    if (id !== undefined && seen.has(id)) return;
    seen.add(id);
    processed += 1;
  };
  app.get(`/processed/${name}`, (_, response) => response.json(processed));
  const path = `/${name}`;
  receive(app, { path, url: `http://127.0.0.1:${process.env.EXPRESS_PORT}${path}`, work, ...configs[name] });
}

app.listen(Number(process.env.EXPRESS_PORT), "127.0.0.1", (error) => {
  if (error) throw error;
  console.log("ready");
});
