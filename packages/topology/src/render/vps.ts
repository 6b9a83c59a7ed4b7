import type { Options } from "../schema/options.ts";
import type { Topology } from "../schema/topology.ts";
import { composeFile } from "./compose.ts";
import { exampleFile } from "./example.ts";
import type { RenderedFile } from "./file.ts";
import { firewallFiles } from "./firewall.ts";
import { imagesFile } from "./images.ts";
import { machineNotes, notesFile } from "./notes.ts";
import { traefikFiles } from "./traefik.ts";

const HOST = "vps";
const COMPOSE = "docker-compose.prod.yml";
const EXAMPLE = ".env.prod.example";

export const renderVps = (topology: Topology, options: Options): readonly RenderedFile[] => [
  composeFile(topology, {
    path: COMPOSE,
    host: HOST,
    example: EXAMPLE,
    header: `Everything on one machine.
Docker alone: docker compose --env-file .env.prod -f ${COMPOSE} --profile traefik up -d --wait
Dokploy: a Compose service with this file, the variables of .env.prod in its tab Environment, "isolated deployment" on, and each
domain in its tab Domains; its own Traefik answers, so the profile stays off.
Only the proxy's 80 and 443 are published. Names are unique: on a network that projects share, "redis" may be somebody else's.`,
  }),
  ...traefikFiles(topology, HOST),
  exampleFile(topology, options, {
    path: EXAMPLE,
    host: HOST,
    header: `Copy it to .env.prod (mode 600), or let \`cooly env init vps --out .env.prod\` write it.`,
  }),
  ...firewallFiles(topology, { host: HOST, allowed: {} }),
  imagesFile(topology, options),
  notesFile(topology, [
    { title: "Files", text: FILES },
    { title: "In this order", text: order(topology) },
    { title: "Updates", text: updates(topology) },
    ...machineNotes(topology),
  ]),
];

const FILES = `
* \`${COMPOSE}\`: all services. The proxy starts with the profile \`traefik\`; under Dokploy it stays away.
* \`traefik/\`: where the proxy leads names to. It reads files and never sees Docker's socket.
* \`${EXAMPLE}\`: what has to be set.
* \`firewall.sh\`, \`cooly-firewall.service\`: what may come in, where Docker cannot bypass it.`;

const order = ({ addresses, name }: Topology): string => `
1. DNS: ${addresses.map((address) => `\`${address.name}\``).join(", ")} lead to the machine, before it starts: Let's Encrypt looks.
2. Fill in \`.env.prod\`, start as the head of \`${COMPOSE}\` says.
3. \`docker compose --env-file .env.prod -f ${COMPOSE} exec ${name}-api cooly seed --email you@example.com\`
4. \`docker compose --env-file .env.prod -f ${COMPOSE} exec ${name}-gen cooly doctor --topology vps\`
5. From another machine: \`nmap -Pn -p- YOUR_ADDRESS\` finds 22, 80 and 443.

With Dokploy: ${openly(addresses)
  .map((address) => `${address.name} to service \`${address.service}\`, port ${address.port}`)
  .join("; ")}. HTTPS on, certificate Let's Encrypt, and its e-mail address set in the Traefik settings. Traefik 3.6.1 or newer.`;

/** What may be reached without what our own proxy puts before it: a console asks nobody who they are. */
const openly = (addresses: Topology["addresses"]): Topology["addresses"] => addresses.filter(({ id }) => id !== "console");

const updates = ({ name }: Topology): string => {
  const of = (...parts: readonly string[]): string => parts.map((part) => `${name}-${part}`).join(",");
  return `
\`SERVER_IMAGE\` and \`FRONTEND_IMAGE\` name versions. To go to another: set both in \`.env.prod\`, \`docker compose ... pull\`, and

    cooly deploy roll --file ${COMPOSE} --env-file .env.prod --proxy traefik --services ${of("api", "frontend")} --workers ${of("relay", "gen", "capture", "sweeper")} --migrate ${of("migrate")}

on the machine, from a checkout of Cooly there (\`node tools/cooly.mjs\`), which replaces API and studio without a failed request (\`--plan\` says how). To go back: the old names, the same way; migrations stay, and older programs run on them unless the release notes say otherwise.
Images are made by \`github-images.yml\` (to .github/workflows): a tag v1.2.3 builds both for amd64 and arm64 and pushes them, so that nothing is built on the machine.
Traces: relay and sweeper reach no other machine; a collector that is to hear them joins the network \`inside\`.
PostgreSQL's major version changes by dump and restore, never by its tag alone.`;
};
