import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { ReceiveMessageCommand, type Message as Raw, type SQSClient } from "@aws-sdk/client-sqs";
import { RECEIVES_MAX, type ConsumeOptions, type Log, type Message } from "@cooly/engine/ports";
import { createGathered, type Gathered } from "../gather.ts";
import { readMessage, restSeconds } from "../message.ts";
import { BATCH_MAX, hide, remove, send, type Hiding, type Place } from "./batches.ts";

/** One that is cut short takes the next message along until its visibility runs out, so none is. */
const POLL_SECONDS = 5;
const POLLS_MAX = 8;
const VISIBILITY_SECONDS = 30;
const AGAIN_MS = 1_000;
/** Not 0: there are servers that then lose a message. */
const AT_ONCE_SECONDS = 1;
/** With so many in hand, another end is never far. */
const MANY = 8;
const TOGETHER_MS = 10;

type Handle = (message: Message) => Promise<void>;

export interface Consumption extends ConsumeOptions {
  /** Tries once. */
  readonly poller: SQSClient;
  readonly main: Place;
  readonly aside: Place;
  readonly log: Log | undefined;
  readonly visibilitySeconds?: number | undefined;
}

interface Bench extends Consumption {
  readonly handle: Handle;
  readonly hidesSeconds: number;
  readonly done: Gathered<string>;
  readonly rests: Gathered<Hiding>;
  readonly hands: Map<string, Promise<void>>;
}

/** Until the signal: polls for what there is room for, with several polls while there is more than one brings. */
export async function consume(handle: Handle, consumption: Consumption): Promise<void> {
  const { main, concurrency, signal, visibilitySeconds: hidesSeconds = VISIBILITY_SECONDS } = consumption;
  const hands = new Map<string, Promise<void>>();
  const done = createGathered<string>((receipts) => remove(main, receipts));
  const rests = createGathered<Hiding>((hidings) => hide(main, hidings));
  const bench: Bench = { ...consumption, handle, hidesSeconds, done, rests, hands };
  const extending = setInterval(() => void extend(bench), hidesSeconds * 333);
  const polls = createPolls(bench);
  const onAbort = (): void => polls.wake();
  signal.addEventListener("abort", onAbort, { once: true });
  while (!signal.aborted) {
    const woken = polls.woken();
    polls.begin(concurrency - hands.size);
    await woken;
    // What ends together makes room together.
    await nextTurn();
    if (hands.size >= MANY && hands.size > concurrency * 0.75) await sleep(TOGETHER_MS);
  }
  signal.removeEventListener("abort", onAbort);
  await polls.end();
  await Promise.all(hands.values());
  clearInterval(extending);
  await Promise.all([done.flush(), rests.flush()]);
}

interface Polls {
  /** As many as are worth it, where so many messages have room. */
  begin(room: number): void;
  woken(): Promise<void>;
  wake(): void;
  end(): Promise<void>;
}

function createPolls(bench: Bench): Polls {
  const { signal, log } = bench;
  const open = new Set<Promise<void>>();
  let wake = (): void => undefined;
  let promised = 0;
  // While polls bring something, more of them may. An idle queue is asked by one.
  let busy = false;
  let away = false;

  async function poll(want: number): Promise<void> {
    promised += want;
    try {
      const messages = await receive(bench, want);
      busy = messages.length > 0;
      if (away) log?.info("queue.back");
      away = false;
      for (const raw of messages) takeUp(bench, raw, () => wake());
    } catch (error) {
      busy = false;
      if (!away) log?.warn("queue.away", { error });
      away = true;
      await sleep(AGAIN_MS, undefined, { signal }).catch(() => undefined);
    } finally {
      promised -= want;
    }
  }

  return {
    begin(room) {
      let left = room - promised;
      while (left > 0 && open.size < (busy ? POLLS_MAX : 1)) {
        const want = Math.min(left, BATCH_MAX);
        left -= want;
        const one = poll(want).finally(() => {
          open.delete(one);
          wake();
        });
        open.add(one);
      }
    },
    woken: () =>
      new Promise((resolve) => {
        wake = resolve;
      }),
    wake: () => wake(),
    async end() {
      while (open.size > 0) await Promise.all(open);
    },
  };
}

async function receive({ poller, main, hidesSeconds }: Bench, most: number): Promise<readonly Raw[]> {
  const reply = await poller.send(
    new ReceiveMessageCommand({
      QueueUrl: main.url,
      MaxNumberOfMessages: most,
      WaitTimeSeconds: POLL_SECONDS,
      VisibilityTimeout: hidesSeconds,
      MessageSystemAttributeNames: ["ApproximateReceiveCount"],
    }),
  );
  return reply.Messages ?? [];
}

function takeUp(bench: Bench, raw: Raw, onEnd: () => void): void {
  const { hands } = bench;
  const receipt = raw.ReceiptHandle!;
  const work = attend(bench, raw, receipt).finally(() => {
    hands.delete(receipt);
    onEnd();
  });
  hands.set(receipt, work);
}

async function attend(bench: Bench, raw: Raw, receipt: string): Promise<void> {
  const { handle, done, rests, signal } = bench;
  const receives = Number(raw.Attributes?.ApproximateReceiveCount ?? 1);
  // It came while we were leaving: somebody else has it.
  if (signal.aborted) return rests.add({ receipt, seconds: AT_ONCE_SECONDS });
  const message = read(raw.Body);
  // Those who had it so often never said what became of it, or nobody ever can.
  if (!message || receives > RECEIVES_MAX) return setAside(bench, raw, receipt);
  try {
    await handle(message);
    done.add(receipt);
  } catch {
    if (receives >= RECEIVES_MAX) return setAside(bench, raw, receipt);
    rests.add({ receipt, seconds: restSeconds(receives) });
  }
}

function read(body: string | undefined): Message | null {
  try {
    return readMessage(JSON.parse(body ?? ""));
  } catch {
    return null;
  }
}

/** First it lies there, then it goes here. If neither is to be had, the queue's own policy does it in the end. */
async function setAside({ aside, done, log }: Bench, { Body }: Raw, receipt: string): Promise<void> {
  try {
    await send(aside, [Body ?? ""]);
    done.add(receipt);
  } catch (error) {
    log?.warn("queue.set_aside_failed", { error });
  }
}

async function extend({ main, hands, hidesSeconds }: Bench): Promise<void> {
  const hidings = [...hands.keys()].map((receipt) => ({ receipt, seconds: hidesSeconds }));
  await hide(main, hidings).catch(() => undefined);
}
