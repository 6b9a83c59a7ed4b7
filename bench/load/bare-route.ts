/** What accept is measured against: a bare Express route that does one durable INSERT. `bare-route.ts <database url>`; tells its port to whoever forked it. */
import type { AddressInfo } from "node:net";
import { randomUUID } from "node:crypto";
import express from "express";
import pg from "pg";

const pool = new pg.Pool({ connectionString: process.argv[2], max: 10, idleTimeoutMillis: 60_000 });
await pool.query("create table accepted (id uuid primary key, caller text not null, body jsonb not null, created_at timestamptz not null default now())");

const app = express();
app.post("/v1/generations", express.json(), async (request, response) => {
  const id = randomUUID();
  await pool.query({
    name: "accept",
    text: "insert into accepted (id, caller, body) values ($1, $2, $3)",
    values: [id, request.headers.authorization, JSON.stringify(request.body)],
  });
  response.status(202).json({ id });
});

const server = app.listen(0, "127.0.0.1", () => process.send!({ port: (server.address() as AddressInfo).port }));
process.on("disconnect", () => process.exit(0));
