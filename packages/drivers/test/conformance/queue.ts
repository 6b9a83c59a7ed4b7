/** What every queue driver promises, asked of the real broker. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, describe, expect, test, vi } from "vitest";
import { createRelay, openDatabase } from "@cooly/engine";
import { RECEIVES_MAX, type Message, type Queue } from "@cooly/engine/ports";
import { freshDatabase } from "../../../../test/postgres.ts";
import { end } from "../../../../test/servers/child.ts";
import { forkConsumer, idOf, newMessage, newMessages, PATIENCE, startConsumer, untilEmpty } from "./consumers.ts";
import type { QueueGround } from "./ground.ts";

const TEST_MS = 120_000;
/** As in production; and what a test can wait for. */
const SILENT_SECONDS = 15;
const SOON_SECONDS = 2;

type Begin = (seconds?: number) => Promise<{ readonly ground: QueueGround; readonly queue: Queue }>;

/** `openGround`: with the time for which a message stays with a consumer that says nothing. */
export function queueConformance(name: string, openGround: (seconds: number) => Promise<QueueGround>): void {
  const grounds: QueueGround[] = [];
  const begin: Begin = async (seconds = SILENT_SECONDS) => {
    const ground = await openGround(seconds);
    grounds.push(ground);
    return { ground, queue: await ground.open() };
  };
  afterAll(async () => {
    await Promise.all(grounds.map((ground) => ground.close()));
  });

  describe.concurrent(`${name}: messages`, { timeout: TEST_MS }, () => {
    asksDelivery(begin);
    asksDeaths(begin);
    asksFailures(begin);
    asksManners(begin);
  });
  describe(`${name}: trouble`, { timeout: TEST_MS }, () => asksTrouble(begin));
}

function asksDelivery(begin: Begin): void {
  test("every message comes, and no more at once than there is room for", async () => {
    const { queue } = await begin();
    const sent = newMessages(40);
    let [now, most] = [0, 0];
    await queue.publish(sent);
    const handle = async (): Promise<void> => {
      most = Math.max(most, (now += 1));
      await sleep(20);
      now -= 1;
    };
    const consumer = startConsumer(queue, { handle, concurrency: 4 });
    await consumer.saw(sent);
    await consumer.stop();
    expect(most).toBeLessThanOrEqual(4);
    expect(most).toBeGreaterThan(1);
    expect(now).toBe(0);
    expect(consumer.seen).toHaveLength(40);
  });

  test("a thousand in one call all come, to several consumers with room for many", async () => {
    const { ground, queue } = await begin();
    const sent = newMessages(1_000);
    const consumers = [startConsumer(queue, { concurrency: 32 }), startConsumer(await ground.open(), { concurrency: 32 })];
    await queue.publish(sent);
    await vi.waitFor(() => expect(new Set(consumers.flatMap(({ seen }) => seen.map(idOf))).size).toBe(1_000), PATIENCE);
    await Promise.all(consumers.map((consumer) => consumer.stop()));
    await untilEmpty(queue);
  });

  test("what has to wait in the outbox does not come before its time, however far that is", async () => {
    const { queue } = await begin();
    const database = await freshDatabase();
    const db = openDatabase({ connectionString: database.url, max: 3 });
    const relay = createRelay(db, queue, 10);
    const [now, soon, tomorrow] = [newMessage(), newMessage(1), newMessage(2)] as [Message, Message, Message];
    const hold = ({ outputId, attempt }: Message, seconds: number): Promise<unknown> =>
      db.pool.query("insert into outbox (output_id, attempt, available_at) values ($1, $2, clock_timestamp() + make_interval(secs => $3))", [
        outputId,
        attempt,
        seconds,
      ]);
    const consumer = startConsumer(queue);
    await hold(now, 0);
    await hold(soon, 3);
    await hold(tomorrow, 86_400);
    const beganMs = performance.now();
    const relaying = setInterval(() => void relay.pass().catch(() => undefined), 100);
    await consumer.saw([now]);
    await consumer.saw([soon]);
    expect(performance.now() - beganMs).toBeGreaterThan(2_000);
    expect(consumer.times(tomorrow)).toBe(0);
    await db.pool.query("update outbox set available_at = clock_timestamp()");
    await consumer.saw([tomorrow]);
    clearInterval(relaying);
    await consumer.stop();
    await db.close();
    await database.drop();
  });
}

function asksDeaths(begin: Begin): void {
  test("a consumer that is killed loses nothing: another one gets what it had in hand", async () => {
    const { ground, queue } = await begin(SOON_SECONDS);
    const message = newMessage();
    const { child, first } = forkConsumer(ground.address, "hold");
    await queue.publish([message]);
    expect(await first).toEqual(message);
    await end(child, "SIGKILL");
    const consumer = startConsumer(queue);
    await consumer.saw([message]);
    await consumer.stop();
    await untilEmpty(queue);
  });

  test("a message that kills whoever takes it is set aside in the end", async () => {
    const { ground, queue } = await begin(SOON_SECONDS);
    const message = newMessage();
    await queue.publish([message]);
    const isSetAside = async (): Promise<boolean> => (await queue.depth()).setAside === 1;
    let killed = 0;
    while (killed < RECEIVES_MAX && !(await isSetAside())) {
      const { child, first } = forkConsumer(ground.address, "hold");
      let taken: unknown;
      void first.then((what) => (taken = what));
      await vi.waitFor(async () => expect(taken !== undefined || (await isSetAside())).toBe(true), PATIENCE);
      if (taken !== undefined) {
        expect(taken).toEqual(message);
        killed += 1;
      }
      await end(child, "SIGKILL");
      // Whoever looks too early looks again when it is too late for us.
      await sleep(SOON_SECONDS * 1_000);
    }
    // A broker may hand it to the open question of one that is dead, which nobody sees and which counts: once for each of them.
    expect(killed).toBeGreaterThanOrEqual(Math.ceil(RECEIVES_MAX / 2));
    const consumer = startConsumer(queue);
    await vi.waitFor(async () => expect(await queue.depth()).toMatchObject({ waiting: 0, setAside: 1 }), PATIENCE);
    await consumer.stop();
    expect(consumer.seen).toEqual([]);
  });

  test("one that works on a message for longer than it may be silent keeps it", async () => {
    const { ground, queue } = await begin(SOON_SECONDS);
    const message = newMessage();
    await queue.publish([message]);
    const handle = (): Promise<void> => sleep(ground.address.seconds * 3_500);
    const [first, second] = [startConsumer(queue, { handle }), startConsumer(await ground.open(), { handle })];
    await vi.waitFor(() => expect(first.seen.length + second.seen.length).toBe(1), PATIENCE);
    await Promise.all([first.stop(), second.stop()]);
    expect(first.seen.length + second.seen.length).toBe(1);
    expect(await queue.depth()).toMatchObject({ waiting: 0, setAside: 0 });
  });
}

function asksFailures(begin: Begin): void {
  test("a handler that throws has its message again, a little later", async () => {
    const { queue } = await begin();
    const message = newMessage();
    let left = 2;
    const handle = async (): Promise<void> => {
      left -= 1;
      if (left >= 0) throw new Error("not yet");
    };
    const consumer = startConsumer(queue, { handle });
    await queue.publish([message]);
    const beganMs = performance.now();
    await vi.waitFor(() => expect(consumer.times(message)).toBe(3), PATIENCE);
    // One second after the first, two after the second.
    expect(performance.now() - beganMs).toBeGreaterThan(2_000);
    await consumer.stop();
    expect(await queue.depth()).toMatchObject({ waiting: 0, setAside: 0 });
  });

  test("what fails whenever it is handed out is set aside, counted, and comes back by redrive or by a new announcement", async () => {
    const { queue } = await begin();
    const [bad, good] = [newMessage(), newMessage()] as [Message, Message];
    let works = false;
    const handle = async (message: Message): Promise<void> => {
      if (!works && idOf(message) === idOf(bad)) throw new Error("never");
    };
    const consumer = startConsumer(queue, { handle });
    await queue.publish([bad, good]);
    await consumer.saw([good]);
    await vi.waitFor(async () => expect((await queue.depth()).setAside).toBe(1), PATIENCE);
    expect(consumer.times(bad)).toBe(RECEIVES_MAX);
    // It is set aside a moment before it is done with, and until then another announcement of it is the same one.
    await sleep(300);
    works = true;
    await queue.publish([bad]);
    await vi.waitFor(() => expect(consumer.times(bad)).toBe(RECEIVES_MAX + 1), PATIENCE);
    expect(await queue.redrive()).toBe(1);
    await vi.waitFor(() => expect(consumer.times(bad)).toBe(RECEIVES_MAX + 2), PATIENCE);
    await vi.waitFor(async () => expect(await queue.depth()).toMatchObject({ waiting: 0, setAside: 0 }), PATIENCE);
    expect(await queue.redrive()).toBe(0);
    await consumer.stop();
  });

  test("an announcement is heard again once the first one has been dealt with", async () => {
    const { queue } = await begin();
    const message = newMessage();
    const consumer = startConsumer(queue);
    for (const times of [1, 2, 3]) {
      await queue.publish([message]);
      await vi.waitFor(() => expect(consumer.times(message)).toBeGreaterThanOrEqual(times), PATIENCE);
      await untilEmpty(queue);
      // It may be done a moment after it was seen.
      await sleep(300);
    }
    await consumer.stop();
  });
}

function asksManners(begin: Begin): void {
  test("who is told to stop ends with what is in hand, and takes no more", async () => {
    const { queue } = await begin();
    const [inHand, later] = [newMessage(), newMessage()] as [Message, Message];
    let ended = false;
    const handle = async (): Promise<void> => {
      await sleep(1_500);
      ended = true;
    };
    const consumer = startConsumer(queue, { handle });
    await queue.publish([inHand]);
    await consumer.saw([inHand]);
    const stopping = consumer.stop();
    await sleep(100);
    await queue.publish([later]);
    await stopping;
    expect(ended).toBe(true);
    expect(consumer.times(later)).toBe(0);
    const next = startConsumer(queue);
    await next.saw([later]);
    await next.stop();
    expect(next.times(inHand)).toBe(0);
  });

  test("depth and age are told, where the broker knows them", async () => {
    const { queue } = await begin();
    expect(await queue.depth()).toEqual({ waiting: 0, oldestSeconds: null, setAside: 0 });
    await queue.publish(newMessages(1));
    await sleep(2_000);
    await queue.publish(newMessages(2));
    await vi.waitFor(async () => expect((await queue.depth()).waiting).toBe(3), PATIENCE);
    const { oldestSeconds } = await queue.depth();
    if (oldestSeconds !== null) expect(oldestSeconds).toBeGreaterThan(1.5);
    if (oldestSeconds !== null) expect(oldestSeconds).toBeLessThan(30);
  });

  test("nothing but ids is on the wire", async () => {
    const { ground, queue } = await begin();
    const message = { ...newMessage(3), prompt: "a secret", account: "somebody" };
    await queue.publish([message]);
    const [raw, ...others] = await ground.raw();
    expect(others).toEqual([]);
    expect(raw).toContain(message.outputId);
    expect(raw).not.toMatch(/secret|somebody/);
    expect(Buffer.byteLength(raw!)).toBeLessThan(1_024);
  });
}

function asksTrouble(begin: Begin): void {
  test.each(["silent", "gone"] as const)("while the broker is %s, who publishes is told within seconds, and all goes on when it is back", async (how) => {
    const { ground, queue } = await begin();
    const [before, meanwhile, after] = [newMessage(), newMessage(), newMessage()] as [Message, Message, Message];
    const consumer = startConsumer(queue);
    await queue.publish([before]);
    await consumer.saw([before]);
    await ground.cut(how);
    const beganMs = performance.now();
    await expect(queue.publish([meanwhile])).rejects.toThrow();
    await expect(queue.publish([meanwhile])).rejects.toThrow();
    expect(performance.now() - beganMs).toBeLessThan(30_000);
    await ground.mend();
    await vi.waitFor(() => queue.publish([after]), PATIENCE);
    await consumer.saw([after]);
    await consumer.stop();
  });

  test("who is told to stop while the broker is away stops", async () => {
    const { ground, queue } = await begin();
    const message = newMessage();
    const consumer = startConsumer(queue, { handle: () => sleep(1_000) });
    await queue.publish([message]);
    await consumer.saw([message]);
    await ground.cut("silent");
    const beganMs = performance.now();
    await consumer.stop();
    expect(performance.now() - beganMs).toBeLessThan(25_000);
    await ground.mend();
  });

  test("the broker dies and comes back: consumers and producers go on by themselves", async () => {
    const { ground, queue } = await begin();
    const [before, after] = [newMessages(20), newMessages(20)];
    const consumer = startConsumer(queue, { handle: () => sleep(200), concurrency: 4 });
    await queue.publish(before);
    await consumer.saw(before.slice(0, 1));
    await ground.restart();
    await vi.waitFor(() => queue.publish(after), PATIENCE);
    await consumer.saw(after);
    await consumer.stop();
    expect((await queue.depth()).setAside).toBe(0);
  });
}
