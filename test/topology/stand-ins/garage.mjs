#!/usr/local/bin/node
// Stands in for Garage: `server` and `status` as its binary has them, over an emulator that keeps what it has in the same folder.
// It checks no signature: who may read is not what is shown with it.
import { createServer, request } from "node:http";
import { startFauxqs } from "/stand-in/node_modules/fauxqs/dist/app.js";

const INSIDE = 3909;
const [verb] = process.argv.slice(2);
if (verb === "status") {
  const asked = request({ port: 3900, path: "/" }, (reply) => process.exit(reply.statusCode < 500 ? 0 : 1));
  asked.on("error", () => process.exit(1));
  asked.end();
} else {
  const server = await startFauxqs({
    port: INSIDE,
    host: "127.0.0.1",
    dataDir: "/var/lib/garage/data",
    s3StorageDir: "/var/lib/garage/data/objects",
    logger: false,
  });
  server.createBucket(process.env.GARAGE_DEFAULT_BUCKET);
  // The emulator takes the first word of a host's name for a bucket, which Garage does only below a root domain that it is told of.
  createServer((asked, reply) => {
    const headers = { ...asked.headers, host: `localhost:${INSIDE}` };
    const onward = request({ port: INSIDE, method: asked.method, path: asked.url, headers }, (answer) => {
      reply.writeHead(answer.statusCode, answer.headers);
      answer.pipe(reply);
    });
    onward.on("error", () => reply.destroy());
    reply.on("close", () => onward.destroy());
    asked.pipe(onward);
  }).listen(3900);
  createServer((_, reply) => reply.writeHead(403).end()).listen(3903);
  for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, () => void server.stop().then(() => process.exit(0)));
}
