/** A TCP proxy that can be told, while it runs, to treat what passes as bad networks do. */
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { openLane, type Counts, type Faults, type Lane, type Rule } from "./fault-lane.ts";

export type { Counts, Faults } from "./fault-lane.ts";

/** `up`: from whoever connected to the server behind; `down`: back. */
export type Direction = "up" | "down";

export interface FaultProxyOptions {
  /** The port behind, on this machine; asked anew for every connection, as a server may come back elsewhere. */
  readonly to: () => number;
  readonly random?: () => number;
}

/** The answer to whatever holds these words never arrives: it is taken from the server, and the connection is reset. */
export interface ReplyCut {
  readonly words: string;
  /** 0 to 1. */
  readonly share: number;
}

export interface FaultProxy {
  readonly port: number;
  readonly counts: Readonly<Counts>;
  /** In place of the faults of that direction before. */
  set(direction: Direction | "both", faults: Faults): void;
  cutReplies(cut: ReplyCut | null): void;
  /** Resets every connection of this moment. Answers how many. */
  reset(): number;
  /** Ends one direction of every connection of this moment, while the other goes on. */
  halfClose(direction: Direction): number;
  /** No faults. What was held passes. */
  calm(): void;
  open(): number;
  close(): Promise<void>;
}

interface Connection {
  readonly lanes: Readonly<Record<Direction, Lane>>;
  reset(): void;
}

interface Floor {
  readonly rules: Record<Direction, Rule>;
  readonly counts: Counts;
  readonly connections: Set<Connection>;
  readonly random: () => number;
  replyCut: { readonly words: Buffer; readonly share: number } | null;
}

const LOOPBACK = "127.0.0.1";
const NOTHING: Counts = { connections: 0, resets: 0, cuts: 0, repliesCut: 0, halfCloses: 0, delayed: 0, held: 0, slices: 0, slowed: 0 };
const freshRule = (faults: Faults, number: number): Rule => ({ faults, number, changed: Promise.withResolvers<void>() });

export async function openFaultProxy({ to, random = Math.random }: FaultProxyOptions): Promise<FaultProxy> {
  const floor: Floor = { rules: { up: freshRule({}, 0), down: freshRule({}, 0) }, counts: { ...NOTHING }, connections: new Set(), random, replyCut: null };
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => join(floor, client, to()));
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(0, LOOPBACK, resolve));

  function set(direction: Direction | "both", faults: Faults): void {
    for (const one of direction === "both" ? (["up", "down"] as const) : [direction]) {
      const rule = floor.rules[one];
      const { changed } = rule;
      Object.assign(rule, freshRule(faults, rule.number + 1));
      changed.resolve();
    }
  }
  function calm(): void {
    set("both", {});
    floor.replyCut = null;
  }
  return {
    port: (server.address() as AddressInfo).port,
    counts: floor.counts,
    set,
    calm,
    cutReplies: (cut) => void (floor.replyCut = cut && { words: Buffer.from(cut.words), share: cut.share }),
    reset() {
      const open = [...floor.connections];
      for (const connection of open) connection.reset();
      floor.counts.resets += open.length;
      return open.length;
    },
    halfClose(direction) {
      for (const { lanes } of floor.connections) lanes[direction].halfClose();
      return floor.connections.size;
    },
    open: () => floor.connections.size,
    close: () => close(server, floor, calm),
  };
}

async function close(server: Server, { connections }: Floor, calm: () => void): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  for (const connection of connections) connection.reset();
  calm();
  await closed;
}

function join(floor: Floor, client: Socket, port: number): void {
  const { counts, connections, random, rules } = floor;
  const upstream = connect({ host: LOOPBACK, port, allowHalfOpen: true, noDelay: true });
  counts.connections += 1;
  let cutNext = false;
  const reset = (): void => {
    connections.delete(connection);
    for (const socket of [client, upstream]) socket.resetAndDestroy();
  };
  const up = openLane({
    from: client,
    to: upstream,
    rule: rules.up,
    counts,
    random,
    reset,
    onBytes(bytes) {
      const { replyCut } = floor;
      if (replyCut && bytes.includes(replyCut.words) && random() < replyCut.share) cutNext = true;
      return true;
    },
  });
  const down = openLane({
    from: upstream,
    to: client,
    rule: rules.down,
    counts,
    random,
    reset,
    onBytes() {
      if (!cutNext) return true;
      counts.repliesCut += 1;
      reset();
      return false;
    },
  });
  const connection: Connection = { lanes: { up, down }, reset };
  connections.add(connection);
  // Where one end is gone for good, so is the other.
  for (const [socket, other] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    socket.on("error", reset);
    socket.on("close", () => {
      connections.delete(connection);
      if (!other.destroyed && (socket.errored || other.readableEnded)) other.destroy();
    });
  }
}
