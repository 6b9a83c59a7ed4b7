/** Whether a topology is whole: what it names exists, and who must reach whom can. */
import type { Link, ServiceEntry, Topology } from "./topology.ts";

export function problemsOf(topology: Topology): readonly string[] {
  return [...strangers(topology), ...deadLinks(topology), ...crowded(topology), ...twins(topology)];
}

function strangers({ services, hosts, networks, volumes, addresses, costs, links }: Topology): readonly string[] {
  const ids = (some: readonly { readonly id: string }[]): ReadonlySet<string> => new Set(some.map(({ id }) => id));
  const known = { service: ids(services), host: ids(hosts), network: ids(networks), volume: ids(volumes) };
  const missing = (from: string, what: keyof typeof known, names: readonly string[]): string[] =>
    names.filter((name) => !known[what].has(name)).map((name) => `${from}: there is no ${what} ${name}`);
  return [
    ...services.flatMap(({ id, host, networks: on, volumes: keeps, after }) => [
      ...missing(id, "host", [host]),
      ...missing(id, "network", on),
      ...missing(
        id,
        "volume",
        keeps.map(({ volume }) => volume),
      ),
      ...missing(
        id,
        "service",
        after.map(({ service }) => service),
      ),
    ]),
    ...volumes.flatMap(({ id, host }) => missing(id, "host", [host])),
    ...addresses.flatMap(({ id, service }) => missing(id, "service", [service])),
    ...costs.flatMap(({ sku, host }) => missing(sku, "host", [host])),
    ...links.flatMap(({ from, to }) => missing(`${from} to ${to}`, "service", [from, to])),
  ];
}

/** A private link needs a network that both are on; Render's private network has no name, and is one for each region. */
function deadLinks({ links, services }: Topology): readonly string[] {
  const find = (id: string): ServiceEntry | undefined => services.find((service) => service.id === id);
  return links.flatMap((link) => {
    const [from, to] = [find(link.from), find(link.to)];
    if (!from || !to) return [];
    const why = link.over === "private" ? whyApart(from, to) : whyNotOver(link, from, to);
    return why === null ? [] : [`${link.from} cannot reach ${link.to}: ${why}`];
  });
}

function whyApart(from: ServiceEntry, to: ServiceEntry): string | null {
  if (from.host !== to.host) return "they are on two hosts";
  if (from.host === "render") return null;
  return from.networks.some((network) => to.networks.includes(network)) ? null : "they share no network";
}

function whyNotOver({ over }: Link, from: ServiceEntry, to: ServiceEntry): string | null {
  if (from.host === to.host) return `on one host it need not go over ${over}`;
  return over === "tunnel" && (from.kind !== "tunnel" || to.kind !== "tunnel") ? "a tunnel has two ends" : null;
}

/** All together, and while the largest is replaced. */
function crowded({ services, hosts }: Topology): readonly string[] {
  const database = services.find(({ capacity }) => capacity !== undefined);
  if (!database) return [];
  const most = services.map(({ sessions, scaling }) => sessions * scaling.max);
  const atRender = services
    .filter(({ host }) => hosts.find(({ id }) => id === host)?.platform === "render")
    .map(({ sessions, scaling }) => sessions * scaling.max);
  const sum = most.reduce((total, count) => total + count, 0) + Math.max(0, ...atRender);
  return sum > database.capacity! ? [`${sum} sessions may be wanted of ${database.id}, which gives out ${database.capacity}`] : [];
}

const twins = ({ services }: Topology): readonly string[] =>
  services.map(({ id }) => id).flatMap((id, index, all) => (all.indexOf(id) === index ? [] : [`there are two services ${id}`]));
