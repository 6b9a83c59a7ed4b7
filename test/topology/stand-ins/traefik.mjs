#!/usr/local/bin/node
// Stands in for Traefik 3: the flags and the files of its file provider that the rendered deployments use, read again when they change.
// A name that it does not know is an error, so that what it does is what the real one was told. TLS is by the test's own authority.
import { readFileSync, readdirSync, watch } from "node:fs";
import http from "node:http";
import https from "node:https";
import net from "node:net";
import tls from "node:tls";
import { parse } from "/stand-in/node_modules/yaml/dist/index.js";

const flags = new Map();
const words = process.argv.slice(2).filter((word) => word !== "healthcheck");
for (const word of words) {
  const [, name, value = "true"] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
  if (!name) throw new Error(`not a flag of Traefik's: ${word}`);
  flags.set(name.toLowerCase(), value);
}
const portOf = (entry) => Number(flags.get(`entrypoints.${entry}.address`).split(":").at(-1));

if (process.argv[2] === "healthcheck") {
  const reply = await fetch(`http://127.0.0.1:${portOf("ping")}/ping`).catch(() => null);
  process.exit(reply?.ok ? 0 : 1);
}

const folder = flags.get("providers.file.directory");
const THROTTLE_MS = 2_000;
let routes = read();
let reading;
watch(folder, () => {
  reading ??= setTimeout(() => {
    reading = undefined;
    try {
      routes = read();
    } catch (error) {
      console.error("the files are not taken over:", error.message);
    }
  }, THROTTLE_MS);
});

function read() {
  const read = { http: { routers: {}, services: {}, middlewares: {} }, tcp: { routers: {}, services: {}, middlewares: {} } };
  for (const name of readdirSync(folder).filter((file) => /\.ya?ml$/.test(file))) {
    const text = readFileSync(`${folder}/${name}`, "utf8").replaceAll(/\{\{ env "(\w+)" \}\}/g, (_, variable) => process.env[variable] ?? "");
    const said = parse(text) ?? {};
    for (const [kind, parts] of Object.entries(said)) for (const [part, entries] of Object.entries(parts)) Object.assign(read[kind][part], entries);
  }
  const usual = flags.get("entrypoints.websecure.http.tls.certresolver");
  if (usual && !flags.has(`certificatesresolvers.${usual}.acme.storage`)) throw new Error(`there is no resolver ${usual}`);
  for (const [id, { service, middlewares = [], entryPoints }] of Object.entries(read.http.routers)) {
    if (!read.http.services[service]) throw new Error(`router ${id}: there is no service ${service}`);
    for (const name of middlewares) if (!read.http.middlewares[name]) throw new Error(`router ${id}: there is no middleware ${name}`);
    for (const name of entryPoints) portOf(name);
  }
  return read;
}

function matches(rule, host, path) {
  return rule.split(" && ").every((part) => {
    const [, how, what] = /^(Host|PathPrefix)\(`([^`]*)`\)$/.exec(part) ?? [];
    if (!how) throw new Error(`not a rule that is known here: ${part}`);
    return how === "Host" ? host === what : path.startsWith(what);
  });
}

const secure = { key: readFileSync("/stand-in/key.pem"), cert: readFileSync("/stand-in/certificate.pem") };
const agent = new http.Agent({ keepAlive: true, maxSockets: 200 });

function pass(entry, request, reply) {
  const host = (request.headers.host ?? "").split(":")[0];
  const found = Object.values(routes.http.routers)
    .filter(({ rule, entryPoints }) => entryPoints.includes(entry) && matches(rule, host, request.url))
    .toSorted((a, b) => b.rule.length - a.rule.length)[0];
  if (!found) return reply.writeHead(404).end("404 page not found");
  const headers = {};
  for (const name of found.middlewares ?? []) {
    const { headers: secured, ...rest } = routes.http.middlewares[name];
    if (Object.keys(rest).length > 0) throw new Error(`not a middleware that is known here: ${Object.keys(rest)}`);
    if (secured?.stsSeconds) headers["strict-transport-security"] = `max-age=${secured.stsSeconds}`;
    if (secured?.contentTypeNosniff) headers["x-content-type-options"] = "nosniff";
    if (secured?.referrerPolicy) headers["referrer-policy"] = secured.referrerPolicy;
  }
  const target = new URL(routes.http.services[found.service].loadBalancer.servers[0].url);
  const onward = { ...request.headers, "x-forwarded-for": request.socket.remoteAddress, "x-forwarded-proto": "https", "x-forwarded-host": host };
  const asked = http.request({ agent, hostname: target.hostname, port: target.port, method: request.method, path: request.url, headers: onward }, (answer) => {
    reply.writeHead(answer.statusCode, { ...answer.headers, ...headers });
    answer.pipe(reply);
    answer.on("error", () => reply.destroy());
  });
  // As Traefik: a connection that was kept and is closed under an idempotent request is dialled again.
  asked.on("error", (error) => {
    if (asked.reusedSocket && error.code === "ECONNRESET" && ["GET", "HEAD"].includes(request.method)) return pass(entry, request, reply);
    console.error(request.method, host, request.url, target.host, error.code);
    if (reply.headersSent) reply.destroy();
    else reply.writeHead(502).end("Bad Gateway");
  });
  reply.on("close", () => asked.destroy());
  request.pipe(asked);
}

for (const [name] of flags) {
  const [, entry] = /^entrypoints\.([^.]+)\.address$/.exec(name) ?? [];
  if (!entry) continue;
  const port = portOf(entry);
  const to = flags.get(`entrypoints.${entry}.http.redirections.entrypoint.to`);
  if (entry === "ping") http.createServer((_, reply) => reply.end("OK")).listen(port, "127.0.0.1");
  else if (to) http.createServer((request, reply) => reply.writeHead(301, { location: `https://${request.headers.host}${request.url}` }).end()).listen(port);
  else if (entry === "cache") cache(port);
  else https.createServer({ ...secure, keepAliveTimeout: 180_000 }, (request, reply) => pass(entry, request, reply)).listen(port);
}

// A middleware of TCP that allows addresses is not for this one: it is held by the firewall, which is the machine's.
function cache(port) {
  const server = tls.createServer(secure, (socket) => {
    const found = Object.values(routes.tcp.routers).find(({ rule }) => rule === `HostSNI(\`${socket.servername}\`)`);
    if (!found) return socket.destroy();
    const [hostname, to] = routes.tcp.services[found.service].loadBalancer.servers[0].address.split(":");
    const far = net.connect(Number(to), hostname);
    for (const [one, other] of [
      [socket, far],
      [far, socket],
    ])
      one.on("error", () => other.destroy()).pipe(other);
  });
  server.on("tlsClientError", () => undefined);
  server.listen(port);
}

for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, () => process.exit(0));
