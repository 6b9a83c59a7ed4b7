/** Guides are written by hand; what the topologies know stands in them between two marks, and is made from there. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  addressesTable,
  drawTopology,
  linksTable,
  networksTable,
  portsTable,
  servicesTable,
  table,
  topologyOf,
  variablesTable,
  volumesTable,
  type OptionsDraft,
  type TopologyKind,
} from "@cooly/topology";

const root = fileURLToPath(new URL("../..", import.meta.url));

export const guides = ["managed", "vps", "hybrid", "security", "troubleshooting", "compare", "models"] as const;

type Drawn = Parameters<typeof servicesTable>[0];

const tables: Readonly<Record<string, (topology: Drawn) => string>> = {
  services: servicesTable,
  names: addressesTable,
  links: linksTable,
  ports: portsTable,
  networks: networksTable,
  volumes: volumesTable,
  variables: (topology) => variablesTable(topology),
};

const networks = ["outbound", "tls", "tunnel", "allowlist"] as const;

/** What each choice of a hybrid one opens on the server, with media elsewhere and with an S3 server of its own. */
const meetings = (): string =>
  table(
    ["`--network`", "ports of the server that the world reaches", "the same, with an S3 server there", "how the database is reached"],
    networks.map((network) => [
      `\`${network}\``,
      publishedBy({ network }),
      publishedBy({ network, objectStore: "garage" }),
      network === "tunnel" ? "through a tailnet, and by nothing else" : "by TLS, from the server's address alone",
    ]),
  );

function publishedBy(options: OptionsDraft): string {
  const ports = topologyOf("hybrid", options).services.flatMap(({ published }) => published.map(({ port }) => String(port)));
  return ports.length === 0 ? "none" : ports.join(", ");
}

const REGION = /<!-- made: [a-z ]+ -->\n[\s\S]*?<!-- end -->/g;

/** The page with its tables as they are now. */
export function fillGuide(text: string): string {
  return text.replaceAll(REGION, (region) => {
    const [begin = ""] = region.split("\n");
    const [what = "", kind] = begin.replace("<!-- made: ", "").replace(" -->", "").split(" ");
    const made = what === "meetings" ? meetings() : tables[what]?.(topologyOf(kind as TopologyKind));
    if (made === undefined) throw new Error(`a guide asks for a table that nobody makes: ${what}`);
    return `${begin}\n\n${made}\n\n<!-- end -->`;
  });
}

const pathOf = (guide: string): string => `docs/operate/${guide}.md`;

export const guidePages: Readonly<Record<string, () => string>> = Object.fromEntries(
  guides.map((guide) => [pathOf(guide), () => fillGuide(readFileSync(root + pathOf(guide), "utf8"))]),
);

const drawings: Readonly<Record<string, readonly [TopologyKind, OptionsDraft]>> = {
  managed: ["managed", {}],
  vps: ["vps", {}],
  hybrid: ["hybrid", {}],
  "hybrid-tls": ["hybrid", { network: "tls", objectStore: "garage" }],
  "hybrid-tunnel": ["hybrid", { network: "tunnel" }],
};

export const guideDrawings: Readonly<Record<string, () => string>> = Object.fromEntries(
  Object.entries(drawings).map(([name, [kind, options]]) => [`docs/operate/${name}.svg`, () => drawTopology(topologyOf(kind, options))]),
);
