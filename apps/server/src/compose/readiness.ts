/** Whether what the roles of this process need is there. */
import { isThere } from "@cooly/engine";
import type { RoleName } from "@cooly/topology";
import type { Readiness } from "../api/parts.ts";
import type { Parts } from "./parts.ts";

type Check = Readiness[string];

const ANSWER_MS = 2_000;
/** Who asks every second makes no broker answer every second: managed ones bill each question. */
const BELIEVED_MS = 15_000;
/** No object of ours; that it is missing is an answer. */
const NO_KEY = "m/readiness";

const up: Check = { status: "up" };
const needsQueue = (role: RoleName): boolean => role === "relay" || role === "gen";
const needsStorage = (role: RoleName): boolean => role === "gen" || role === "capture" || role === "sweeper";

/** Never rejects: what cannot be reached is down. */
export function createReadiness({ db, doorbell, queue, store }: Pick<Parts, "db" | "doorbell" | "queue" | "store">, roles: readonly RoleName[]) {
  const queueIs = remembered(() => queue.depth());
  const storageIs = remembered(() => store.stat(NO_KEY));
  return async (): Promise<Readiness> => {
    const [database, broker, storage] = await Promise.all([
      isThere(db, ANSWER_MS),
      roles.some(needsQueue) ? queueIs() : null,
      roles.some(needsStorage) ? storageIs() : null,
    ]);
    const hears = doorbell.listening() ? {} : { detail: "polling: LISTEN does not deliver" };
    return {
      database: database ? up : { status: "down", detail: "no answer" },
      doorbell: { status: "up", ...hears },
      ...(broker && { queue: broker }),
      ...(storage && { storage }),
      ...Object.fromEntries(roles.map((role) => [`role:${role}`, up])),
    };
  };
}

/** A good answer is believed for a while, a bad one is not. */
function remembered(ask: () => Promise<unknown>): () => Promise<Check> {
  let goodUntilMs = -Infinity;
  return async () => {
    if (performance.now() < goodUntilMs) return up;
    const late = Promise.withResolvers<Check>();
    const timer = setTimeout(() => late.resolve({ status: "down", detail: "no answer" }), ANSWER_MS);
    const check = await Promise.race([
      late.promise,
      ask().then(
        () => up,
        (): Check => ({ status: "down", detail: "it cannot be used" }),
      ),
    ]);
    clearTimeout(timer);
    if (check === up) goodUntilMs = performance.now() + BELIEVED_MS;
    return check;
  };
}
