#!/usr/local/bin/node
// Stands in for Tailscale, `tailscaled` and `tailscale`: what tunnel.sh says to them, and nothing else. Machines meet by the tests' own
// tailnet (tailnet.ts), at the name where the real one's are told of each other. Nothing is encrypted here.
import { once } from "node:events";
import http from "node:http";
import net from "node:net";
import { basename } from "node:path";
import { createInterface } from "node:readline";

const CONTROL = { host: "controlplane.tailscale.com", port: 443 };
const words = process.argv.slice(2);
const flag = (name) => words.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3);
const known = (...names) => {
  for (const word of words) if (word.startsWith("--") && !names.some((name) => word.startsWith(`--${name}=`))) throw new Error(`not a flag here: ${word}`);
};

if (basename(process.argv[1]) === "tailscaled") daemon();
else await ask();

/** Sends what is asked to the daemon of this machine, and prints what it says. */
async function ask() {
  known("socket", "peers", "authkey", "hostname", "accept-dns");
  const verb = words.find((word) => !word.startsWith("--"));
  if (!["up", "status"].includes(verb)) throw new Error(`not a command here: ${verb}`);
  const socket = net.connect(flag("socket"));
  socket.write(`${JSON.stringify({ verb, key: flag("authkey"), hostname: flag("hostname"), peers: flag("peers") !== "false" })}\n`);
  const [line] = await once(createInterface(socket), "line");
  const { says, code } = JSON.parse(line);
  if (says) console.log(says);
  process.exit(code);
}

function daemon() {
  known("tun", "socket", "state", "outbound-http-proxy-listen");
  let self = null;
  let machines = [];
  const control = net.connect(CONTROL);
  control.on("close", () => process.exit(1)).on("error", (error) => console.error(`no tailnet: ${error.message}`));
  const told = (message) => control.write(`${JSON.stringify(message)}\n`);
  const waiting = [];

  createInterface(control).on("line", (line) => {
    const { registered, refused, netmap, open } = JSON.parse(line);
    if (registered) self = registered;
    if (registered || refused) waiting.shift()(refused ? { says: refused, code: 1 } : { says: "", code: 0 });
    if (netmap) machines = netmap;
    // In user space, whatever arrives for a port of this machine goes to that port of the loopback.
    if (open) splice(net.connect(open.port, "127.0.0.1"), to({ accept: open.id }));
  });

  net
    .createServer((socket) => {
      socket.on("error", () => undefined);
      createInterface(socket).once("line", (line) => {
        const { verb, peers, ...asked } = JSON.parse(line);
        const answer = (said) => socket.end(`${JSON.stringify(said)}\n`);
        if (verb === "status") return answer(self ? { says: status(peers), code: 0 } : { says: "Logged out.", code: 1 });
        waiting.push(answer);
        told({ register: asked });
      });
    })
    .listen(flag("socket"));

  const status = (peers) =>
    machines
      .filter(({ ip }) => peers || ip === self.ip)
      .toSorted((one, other) => Number(other.ip === self.ip) - Number(one.ip === self.ip))
      .map(({ ip, name, online }) => `${ip}  ${name}  tagged-devices  linux  ${online ? "-" : "offline, last seen 1m ago"}`)
      .join("\n");

  const [host, port] = flag("outbound-http-proxy-listen").split(":");
  http
    .createServer((_, reply) => reply.writeHead(400).end())
    .on("connect", ({ url }, socket) => {
      const [dial, at] = url.split(":");
      const through = to({ dial, port: Number(at) });
      // A first byte says that somebody is there; what came with it is theirs.
      through.once("data", (part) => {
        through.pause();
        if (part.length > 1) through.unshift(part.subarray(1));
        socket.write("HTTP/1.1 200 OK\r\n\r\n");
        splice(socket, through);
      });
      through.once("close", () => socket.destroy());
      socket.on("error", () => through.destroy());
    })
    .listen(Number(port), host);

  process.on("SIGTERM", () => {
    told({ logout: true });
    control.end(() => process.exit(0));
  });
}

/** Another connection to where the machines meet, which carries bytes after its first line. */
function to(message) {
  const socket = net.connect(CONTROL);
  socket.write(`${JSON.stringify(message)}\n`);
  socket.on("error", () => socket.destroy());
  return socket;
}

function splice(one, other) {
  one.pipe(other).pipe(one);
  for (const [from, onto] of [
    [one, other],
    [other, one],
  ])
    from.on("error", () => onto.destroy()).on("close", () => onto.destroy());
}
