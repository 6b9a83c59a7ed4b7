/** What a topology says of itself, as tables of a page. */
import { environmentOf, type EnvironmentOptions } from "../environment/sets.ts";
import type { Setting } from "../environment/setting.ts";
import type { ServiceEntry, Topology } from "../schema/topology.ts";

export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

const code = (text: string): string => `\`${text}\``;

export const servicesTable = ({ services, hosts }: Topology): string =>
  table(
    ["service", "where", "what", "sessions", "from outside"],
    services.map((service) => [
      code(service.id),
      hosts.find(({ id }) => id === service.host)!.platform,
      service.says,
      sessionsOf(service),
      service.published.map(({ port, reach }) => (reach === "world" ? String(port) : `127.0.0.1:${port}`)).join(", "),
    ]),
  );

const sessionsOf = ({ sessions, scaling, capacity }: ServiceEntry): string =>
  capacity === undefined ? (sessions === 0 ? "" : `${sessions}${scaling.max > 1 ? `, ${scaling.min} to ${scaling.max} of it` : ""}`) : `gives out ${capacity}`;

export const addressesTable = ({ addresses }: Topology): string =>
  table(
    ["name", "who answers"],
    addresses.map(({ name, service, protocol }) => [code(`${protocol}://${name}`), code(service)]),
  );

export const linksTable = ({ links }: Topology): string =>
  table(
    ["from", "to", "over", "what"],
    links.map(({ from, to, port, over, says }) => [code(from), code(`${to}:${port}`), over, says]),
  );

/** Ports of the machine, and who answers them inside. */
export const portsTable = ({ services }: Topology): string => {
  const rows = services.flatMap(({ id, published }) =>
    published.map(({ port, to, reach }) => [String(port), code(`${id}:${to}`), reach === "world" ? "everybody" : "this machine alone"]),
  );
  return rows.length === 0 ? "No port is published." : table(["port", "who answers", "whom"], rows);
};

export const networksTable = ({ networks, services }: Topology): string =>
  table(
    ["network", "reaches the internet", "what for", "who is on it"],
    networks.map(({ id, internal, says }) => [
      code(id),
      internal ? "no" : "yes",
      says,
      services
        .filter((service) => service.networks.includes(id))
        .map((service) => code(service.id))
        .join(", "),
    ]),
  );

export const volumesTable = ({ volumes, services }: Topology): string =>
  table(
    ["volume", "what lies there", "whose", "back it up"],
    volumes.map(({ id, says, precious }) => [
      code(id),
      says,
      services
        .filter((service) => service.kind !== "task" && service.volumes.some(({ volume }) => volume === id))
        .map((service) => code(service.id))
        .join(", "),
      precious ? "**yes**" : "no",
    ]),
  );

const FROM: Readonly<Record<Exclude<Setting["from"], "optional">, string>> = {
  asked: "**you bring it**",
  generated: "made by chance",
  derived: "follows from others",
  fixed: "as it is built",
};

/** What `cooly env init` writes. */
export const variablesTable = ({ kind }: Pick<Topology, "kind">, options: EnvironmentOptions = {}): string =>
  table(
    ["variable", "from where", "what it says", "read by"],
    environmentOf(kind, options).flatMap(({ name, from, says, asks, services, secret }) =>
      from === "optional" ? [] : [[code(name), FROM[from], `${says === "" ? asks! : says}${secret ? " **Secret.**" : ""}`, services.join(", ")]],
    ),
  );
