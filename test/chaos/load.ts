/** People at work: orders at a steady rate, some canceled about when they are done, some sent many times at once. */
import { setTimeout as sleep } from "node:timers/promises";
import { chance } from "../simulator/src/chance.ts";
import type { Client, Reply } from "./client.ts";
import type { Account, Ground } from "./ground.ts";
import { drawOrder, type Order } from "./orders.ts";

export interface Copies {
  readonly order: Order;
  readonly copies: number;
  /** What the same key with another body was answered. */
  readonly otherBody: number | null;
  /** What the same key of somebody else led to. */
  readonly otherAccount: string | null;
}

export interface Load {
  readonly orders: readonly Order[];
  readonly copies: readonly Copies[];
  /** One order, sent so often at the same time. */
  copy(count: number): void;
  /** No new orders; resolves when all have been answered. */
  end(): Promise<void>;
}

export interface LoadOptions {
  readonly seed: number;
  readonly perSecond: number;
  /** How many orders the provider is never to tell of. */
  readonly silent: number;
}

const CANCEL_SHARE = 0.12;

export function startLoad({ accounts }: Pick<Ground, "accounts">, client: Client, { seed, perSecond, silent }: LoadOptions): Load {
  const orders: Order[] = [];
  const copies: Copies[] = [];
  const open = new Set<Promise<void>>();
  let ended = false;
  const draw = (number: number, what: string): number => chance(seed, number, what);

  function make(): Order {
    const order = drawOrder(orders.length, { seed, silent, accounts });
    orders.push(order);
    return order;
  }

  function run(work: Promise<void>): void {
    const done = work.finally(() => open.delete(done));
    open.add(done);
  }

  async function send(order: Order, hangUpMs?: number): Promise<void> {
    const { account, key, body } = order;
    const reply = await client.ask({ account, key, body, path: "/v1/generations", ...(hangUpMs !== undefined && { hangUpMs }) });
    if (reply?.status === 202 && reply.body.id !== undefined) order.ids.add(reply.body.id);
  }

  async function live(order: Order): Promise<void> {
    await send(order);
    const [id] = order.ids;
    if (id === undefined || order.isSilent || draw(order.number, "cancel") >= CANCEL_SHARE) return;
    // About when it is done, a little before or after.
    await sleep(draw(order.number, "when") * 1_600);
    const reply = await client.ask({ account: order.account, path: `/v1/generations/${id}/cancel`, body: {} });
    order.cancel = reply && { status: reply.status, said: reply.body.status ?? null };
  }

  async function many(count: number): Promise<void> {
    const order = make();
    const hangUp = (nth: number): number | undefined => (draw(order.number, `hang up ${nth}`) < 0.3 ? 1 + Math.floor(draw(nth, "ms") * 40) : undefined);
    await Promise.all(Array.from({ length: count }, (_, nth) => send(order, hangUp(nth))));
    const ask = (account: Account, body: object): Promise<Reply | null> => client.ask({ account, key: order.key, body, path: "/v1/generations" });
    const refused = await ask(order.account, { ...order.body, outputs: 4 });
    const stranger = accounts[(accounts.indexOf(order.account) + 1) % accounts.length]!;
    const theirs: Order = { ...order, account: stranger, ids: new Set() };
    orders.push(theirs);
    await send(theirs);
    copies.push({ order, copies: count, otherBody: refused?.status ?? null, otherAccount: [...theirs.ids][0] ?? null });
  }

  const timer = setInterval(() => void (ended || run(live(make()))), 1000 / perSecond);
  return {
    orders,
    copies,
    copy: (count) => run(many(count)),
    async end() {
      ended = true;
      clearInterval(timer);
      while (open.size > 0) await Promise.all(open);
    },
  };
}
