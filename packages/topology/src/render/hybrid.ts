import { namesOf, type Options } from "../schema/options.ts";
import type { Topology } from "../schema/topology.ts";
import { blueprintFile } from "./blueprint.ts";
import { composeFile } from "./compose.ts";
import { exampleFile } from "./example.ts";
import type { RenderedFile } from "./file.ts";
import { firewallFiles } from "./firewall.ts";
import { imagesFile } from "./images.ts";
import { machineNotes, notesFile } from "./notes.ts";
import { traefikFiles } from "./traefik.ts";
import { tunnelFiles } from "./tunnel.ts";
import { workflowFile } from "./workflow.ts";

const HOST = "vps";
const COMPOSE = "docker-compose.workers.yml";
const EXAMPLE = ".env.workers.example";
const CACHE_PORT = 6380;

export const renderHybrid = (topology: Topology, options: Options): readonly RenderedFile[] => [
  blueprintFile(topology, {
    path: "render.hybrid.yaml",
    header: `Studio, API and database at Render. Their workers are elsewhere, see ${COMPOSE}. The API writes the outbox and knows no broker.
AUTH_SECRET is the one in .env.workers: it signs on both sides. So is METRICS_TOKEN, as one collector asks both.
${DATABASE[options.network]}`,
    generated: [],
    admitted: options.network === "tunnel" ? [] : [{ source: `${options.vpsAddress}/32`, description: "the VPS with the workers" }],
  }),
  composeFile(topology, {
    path: COMPOSE,
    host: HOST,
    example: EXAMPLE,
    header: `The workers, and what only they need, on a machine of one's own. Studio, API and database: render.hybrid.yaml.
docker compose --env-file .env.workers -f ${COMPOSE} up -d --wait
${shown(topology)}`,
  }),
  ...(hasProxy(topology) ? traefikFiles(topology, HOST) : []),
  ...(options.network === "tunnel" ? tunnelFiles : []),
  exampleFile(topology, options, {
    path: EXAMPLE,
    host: HOST,
    header: `Copy it to .env.workers (mode 600), or let \`cooly env init hybrid --out .env.workers\` write it.`,
  }),
  exampleFile(topology, options, {
    path: ".env.render.example",
    host: "render",
    header: "What Render asks for when the blueprint is made. Values of the same name are those of .env.workers.",
  }),
  ...firewallFiles(topology, { host: HOST, allowed: options.network === "allowlist" ? { [CACHE_PORT]: options.allowed } : {} }),
  workflowFile(topology),
  imagesFile(topology, options),
  notesFile(topology, [
    { title: "Network", text: NETWORK[options.network] },
    { title: "In this order", text: order(topology, options) },
    ...machineNotes(topology),
  ]),
];

const hasProxy = ({ services }: Topology): boolean => services.some(({ kind }) => kind === "proxy");

function shown({ services }: Topology): string {
  const ports = services.flatMap(({ published }) => published.map(({ port }) => port));
  return ports.length === 0 ? "It publishes no port: everything here only dials out." : `Published, by the proxy alone and with TLS: ${ports.join(", ")}.`;
}

const ONLY_VPS = "From outside of Render the database lets in the VPS's address alone, by TLS: set the right one in ipAllowList.";

const DATABASE: Readonly<Record<Options["network"], string>> = {
  outbound: ONLY_VPS,
  tls: ONLY_VPS,
  allowlist: ONLY_VPS,
  tunnel: "From outside of Render nobody reaches the database: its ipAllowList is empty. The workers come through the tunnel.",
};

const NETWORK: Readonly<Record<Options["network"], string>> = {
  outbound: `
The VPS dials out: to the database, which lets its address in, to the S3 server, to providers. The API writes the outbox into the database and needs nothing of the VPS: sessions and rate limits are in the database too. \`firewall.sh\` closes what somebody might publish later.`,
  tls: `
As \`outbound\`, and the API keeps sessions and rate limits in the VPS's Redis: \`CACHE_URL=rediss://cache:CACHE_PASSWORD@CACHE_DOMAIN:6380\`. The proxy ends TLS with a certificate of Let's Encrypt; Redis has two users, and the one that comes from outside sees keys of the cache alone. Everybody may try the port; whoever has no password learns nothing.`,
  allowlist: `
As \`tls\`, and \`firewall.sh\` lets only the ranges of \`--allowed\` to port 6380, in a chain that Docker cannot bypass (ufw's rules it does). Render's ranges (dashboard, Connect, Outbound) are shared with other customers, so this makes less noise and replaces neither TLS nor the password.`,
  tunnel: `
Both ends run Tailscale in user space, without rights on their hosts: \`cooly-tunnel\` at Render, \`cooly-tunnel-vps\` beside the workers. Render builds its end from \`deploy/hybrid/tunnel\` of your repository: commit \`tunnel/\` there. The database is closed to the internet, and the VPS publishes nothing. TS_AUTHKEY: reusable, ephemeral, and with a tag that the tailnet's rules allow port 5432 between, and nothing else. \`DATABASE_PASSWORD\` is what Render shows for the database.`,
};

/** Let's Encrypt looks there before anything is up. */
function toTheVps({ addresses, services }: Topology): string {
  const names = addresses.filter(({ service }) => services.some(({ id, host }) => id === service && host === HOST)).map(({ name }) => `\`${name}\``);
  return names.length === 0 ? "" : `; ${names.join(" and ")} to the VPS, before it starts`;
}

/** Whoever knocks is on no list. */
function seen({ services }: Topology, { network }: Options): string {
  const published = services.flatMap((service) => service.published.map(({ port }) => port));
  const ports = [22, ...published.filter((port) => network !== "allowlist" || port !== CACHE_PORT)];
  return ports.length === 1 ? "22 alone" : `${ports.slice(0, -1).join(", ")} and ${ports.at(-1)}`;
}

const order = (topology: Topology, options: Options): string => `
1. Render: New, Blueprint, with \`render.hybrid.yaml\`. DNS: \`${namesOf(options).studio.name}\` and \`${namesOf(options).api.name}\` as Render says${toTheVps(topology)}.
2. On the VPS: \`.env.workers\`, with ${options.network === "tunnel" ? "the database's password" : "DATABASE_URL, the database's external address with `?sslmode=verify-full`"}, then as the head of \`${COMPOSE}\` says. It waits until the API has brought the schema up.
3. \`docker compose --env-file .env.workers -f ${COMPOSE} exec ${options.name}-gen cooly doctor --topology hybrid\`
4. In the shell of the API at Render: \`cooly seed --email you@example.com\`
5. From another machine: \`nmap -Pn -p- ${options.vpsAddress}\` finds ${seen(topology, options)}.

\`github-workflow.yml\` (to .github/workflows/deploy.yml) deploys what is at Render; \`github-images.yml\` makes the images for the VPS. New workers: another \`SERVER_IMAGE\` in \`.env.workers\`, \`pull\`, \`up -d --wait\`; what is in hand is finished or handed back.`;
