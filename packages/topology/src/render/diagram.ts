/** A topology as a picture: where things run, and who reaches whom over what. */
import type { Host, Link, ServiceEntry, Topology } from "../schema/topology.ts";

/** From people to what keeps things, by what a service is there for. */
const COLUMN_OF: Readonly<Record<ServiceEntry["kind"], number>> = { proxy: 1, web: 2, worker: 3, task: 3, tunnel: 4, store: 5, external: 5 };
const KEEPS = 5;

/** Each begins in a row below the one before, so that no line has to pass behind a box; what keeps things stands beside them all. */
const ROWS: readonly number[] = [2, 3, 4, 1];

const BOX = { width: 136, height: 40 } as const;
const GAP = { across: 58, down: 12 } as const;
const HOST = { side: 14, top: 30, bottom: 14, apart: 18 } as const;
const TOP = 64;
const PEOPLE = 84;
const LEGEND = 46;
/** What the title takes in the widest of usual fonts. */
const TITLE = 400;

interface Placed {
  readonly service: ServiceEntry;
  readonly x: number;
  readonly y: number;
}

interface Frame {
  readonly host: Host;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly places: readonly Placed[];
}

const PLATFORMS: Readonly<Record<Host["platform"], string>> = {
  vercel: "Vercel",
  render: "Render",
  supabase: "Supabase",
  aws: "AWS",
  upstash: "Upstash",
  backblaze: "Backblaze B2",
  vps: "A server of your own",
  machine: "This machine",
};

export function drawTopology(topology: Topology): string {
  const doorsTo = doorsOf(topology);
  const frames = framesOf(topology, doorsTo.length > 0 ? PEOPLE + GAP.across : 1);
  const places = new Map(frames.flatMap((frame) => frame.places.map((place) => [place.service.id, place] as const)));
  const height = Math.max(...frames.map((frame) => frame.y + frame.height)) + LEGEND;
  const width = Math.max(TITLE, ...frames.map((frame) => frame.x + frame.width + 2));
  const doors = doorsTo.map((id) => places.get(id)!);
  const straight = doors.filter(({ service }) => service.kind !== "proxy");
  const people = middle((straight.length > 0 ? straight : doors).map(({ y }) => y + BOX.height / 2));
  const title = `${topology.kind}: what runs where, and who reaches whom`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}"><style>${style}</style>`,
    `<text class="title" x="0" y="18">${title}</text>`,
    ...frames.map(drawHost),
    ...doors.map((door) => curve([PEOPLE, people], [door.x, door.y + BOX.height / 2], "people")),
    ...legsOf(topology).flatMap((leg) => drawLink(leg, places)),
    ...[...places.values()].map((place) => drawService(topology, place)),
    ...(doors.length > 0 ? [drawPeople(people, portsOf(topology))] : []),
    drawLegend(topology, height - 14),
    "</svg>\n",
  ].join("\n");
}

const middle = (values: readonly number[]): number => (values.length === 0 ? 0 : (Math.min(...values) + Math.max(...values)) / 2);

/** What runs once and ends is left out. */
function framesOf({ hosts, services }: Topology, indent: number): readonly Frame[] {
  const shown = services.filter(({ kind }) => kind !== "task");
  const columns = [...new Set(shown.map(({ kind }) => COLUMN_OF[kind]))].toSorted((one, other) => one - other);
  const across = (column: number): number => indent + HOST.side + columns.indexOf(column) * (BOX.width + GAP.across);
  return hosts.reduce<readonly Frame[]>((done, host) => {
    const own = shown.filter((service) => service.host === host.id);
    return own.length === 0 ? done : [...done, frameOf(host, own, { across, done })];
  }, []);
}

interface Ground {
  readonly across: (column: number) => number;
  readonly done: readonly Frame[];
}

/** As high up as what is there already lets it. */
function frameOf(host: Host, own: readonly ServiceEntry[], { across, done }: Ground): Frame {
  const lists = Map.groupBy(own, ({ kind }) => COLUMN_OF[kind]);
  const columns = [...lists.keys()];
  const x = across(Math.min(...columns)) - HOST.side;
  const width = across(Math.max(...columns)) + BOX.width + HOST.side - x;
  const firsts = firstRows(lists);
  const rows = Math.max(firsts.get(KEEPS)!, lists.get(KEEPS)?.length ?? 0);
  const inner = heightOf(rows);
  const height = HOST.top + inner + HOST.bottom;
  const below = done.filter((other) => other.x < x + width && x < other.x + other.width).map((other) => other.y + other.height + HOST.apart);
  const y = Math.max(TOP - HOST.top, ...below);
  const top = (column: number, count: number): number => (column === KEEPS ? (inner - heightOf(count)) / 2 : firsts.get(column)! * (BOX.height + GAP.down));
  const places = [...lists].flatMap(([column, list]) =>
    list.map((service, index) => ({
      service,
      x: across(column),
      y: y + HOST.top + top(column, list.length) + index * (BOX.height + GAP.down),
    })),
  );
  return { host, x, y, width, height, places };
}

/** Where each column begins; under what keeps things, how many rows the others take. */
function firstRows(lists: ReadonlyMap<number, readonly ServiceEntry[]>): ReadonlyMap<number, number> {
  const firsts = new Map<number, number>();
  let row = 0;
  for (const column of ROWS) {
    firsts.set(column, row);
    row += lists.get(column)?.length ?? 0;
  }
  return firsts.set(KEEPS, row);
}

const heightOf = (rows: number): number => rows * BOX.height + (rows - 1) * GAP.down;

/** Where people come in: the proxy, where their name is answered behind one. */
function doorsOf({ services, addresses }: Topology): readonly string[] {
  const proxy = services.find(({ kind }) => kind === "proxy");
  const find = (id: string): ServiceEntry => services.find((service) => service.id === id)!;
  const names = addresses.filter(({ protocol }) => protocol === "https");
  return [...new Set(names.map(({ service }) => (proxy?.host === find(service).host ? proxy.id : service)))];
}

/** What browsers knock at. */
const portsOf = ({ services }: Topology): string => {
  const published = services.flatMap((service) => service.published.map(({ port }) => port));
  return [80, 443].filter((port) => port === 443 || published.includes(port)).join(", ");
};

const drawHost = ({ host, x, y, width, height }: Frame): string =>
  `<rect class="host" x="${x}" y="${y}" width="${width}" height="${height}" rx="8"/><text class="place" x="${x + 12}" y="${y + 19}">${PLATFORMS[host.platform]}</text>`;

/** As many letters of the small size as surely fit into a box. */
const FITS = 26;

function rolesOf({ roles }: ServiceEntry): string {
  const all = roles.join(", ");
  return all.length <= FITS ? all : `${roles.length} roles`;
}

function drawService({ name, links, addresses }: Topology, { service, x, y }: Placed): string {
  const short = service.id.replace(`${name}-`, "");
  const asked = links.some(({ to }) => to === service.id) || addresses.some((address) => address.service === service.id);
  const under = service.roles.length > 1 ? rolesOf(service) : asked && service.port !== undefined ? `port ${service.port}` : "";
  const [first, second] = under === "" ? [y + 25, 0] : [y + 17, y + 32];
  return [
    `<rect class="box ${service.kind}" x="${x}" y="${y}" width="${BOX.width}" height="${BOX.height}" rx="5"/>`,
    `<text class="name" x="${x + BOX.width / 2}" y="${first}" text-anchor="middle">${short}</text>`,
    ...(under === "" ? [] : [`<text class="small" x="${x + BOX.width / 2}" y="${second}" text-anchor="middle">${under}</text>`]),
  ].join("");
}

/** What comes to a host with a proxy from elsewhere comes by that. */
function legsOf({ services, links }: Topology): readonly Leg[] {
  const find = (id: string): ServiceEntry => services.find((service) => service.id === id)!;
  const legs = links.flatMap(({ from, to, over }): Leg[] => {
    const proxy = find(from).host === find(to).host ? undefined : services.find(({ kind, host }) => kind === "proxy" && host === find(to).host);
    if (!proxy) return [{ from, to, over }];
    return [
      { from, to: proxy.id, over },
      { from: proxy.id, to, over: "private" },
    ];
  });
  return legs.filter((leg, index) => legs.findIndex((other) => other.from === leg.from && other.to === leg.to) === index);
}

type Leg = Pick<Link, "from" | "to" | "over">;

function drawLink({ from, to, over }: Leg, places: ReadonlyMap<string, Placed>): readonly string[] {
  const [start, end] = [places.get(from), places.get(to)];
  if (!start || !end) return [];
  const [out, into] = [start.y + BOX.height / 2, end.y + BOX.height / 2];
  // One above the other: around the side.
  if (start.x === end.x) {
    const side = start.x + BOX.width;
    return [`<path class="link ${over}" d="M${side} ${out}C${side + 40} ${out} ${side + 40} ${into} ${side} ${into}"/>`];
  }
  return start.x < end.x ? [curve([start.x + BOX.width, out], [end.x, into], over)] : [curve([start.x, out], [end.x + BOX.width, into], over)];
}

type Point = readonly [number, number];

/** Straight on, and to its row in the last gap. */
function curve([x, y]: Point, [toX, toY]: Point, kind: string): string {
  const bend = toX > x ? Math.max(x, toX - GAP.across) : x;
  const half = (bend + toX) / 2;
  return `<path class="link ${kind}" d="M${x} ${y}H${bend}C${half} ${y} ${half} ${toY} ${toX} ${toY}"/>`;
}

const drawPeople = (y: number, ports: string): string =>
  `<rect class="box" x="0" y="${y - 22}" width="${PEOPLE}" height="44" rx="22"/><text class="name" x="${PEOPLE / 2}" y="${y - 2}" text-anchor="middle">people</text><text class="small" x="${PEOPLE / 2}" y="${y + 13}" text-anchor="middle">${ports}</text>`;

const WORDS: Readonly<Record<Link["over"], string>> = {
  private: "a network of their own",
  tls: "the internet, by TLS",
  tunnel: "a tunnel",
  allowlist: "TLS, from named addresses",
};

function drawLegend({ links }: Topology, y: number): string {
  const kinds = (Object.keys(WORDS) as Link["over"][]).filter((over) => links.some((link) => link.over === over));
  return kinds
    .map((over, index) => {
      const x = index * 210;
      return `<path class="link ${over}" d="M${x} ${y - 4}H${x + 28}"/><text class="small" x="${x + 36}" y="${y}">${WORDS[over]}</text>`;
    })
    .join("");
}

const style = `
  text { font: 13px system-ui, sans-serif; fill: #24292f; } .title { font-size: 15px; font-weight: 600; } .small { font-size: 11px; fill: #57606a; } .place { font-size: 12px; font-weight: 600; fill: #57606a; }
  .host { fill: #f6f8fa; stroke: #d0d7de; } .box { fill: #ffffff; stroke: #8c959f; } .box.proxy, .box.tunnel { stroke: #8250df; } .box.web { stroke: #0969da; } .box.store, .box.external { stroke: #1a7f37; }
  .link { fill: none; stroke-width: 1.5; stroke: #8c959f; } .link.people { stroke: #24292f; stroke-width: 2; } .link.tls { stroke: #0969da; } .link.tunnel { stroke: #8250df; stroke-dasharray: 6 3; } .link.allowlist { stroke: #bc4c00; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; } .small, .place { fill: #8d96a0; } .host { fill: #151b23; stroke: #3d444d; } .box { fill: #0d1117; stroke: #656c76; } .box.proxy, .box.tunnel { stroke: #a371f7; } .box.web { stroke: #4493f8; } .box.store, .box.external { stroke: #3fb950; }
    .link { stroke: #656c76; } .link.people { stroke: #e6edf3; } .link.tls { stroke: #4493f8; } .link.tunnel { stroke: #a371f7; } .link.allowlist { stroke: #f0883e; }
  }`;
