import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { generation } from "../../test/sample.ts";

const submission = { model: "demo/painter", input: { prompt: "Boats" }, outputs: 2 };
const accepted = () => new Response(JSON.stringify(generation()), { status: 202 });
const refused = (status: number, code: string) => new Response(JSON.stringify({ status, code, detail: "No." }), { status });
type Reply = (() => Response) | "lost";

/** A server that hears every request, whether or not its reply arrives. */
function serve(replies: Reply[]) {
  const keys: string[] = [];
  vi.stubGlobal("fetch", (path: string, init?: RequestInit) => {
    if (path === "/runtime-config") return Promise.resolve(Response.json({ api_url: null }));
    keys.push(new Headers(init?.headers).get("idempotency-key") ?? "");
    const reply = replies.shift();
    return reply === undefined || reply === "lost" ? Promise.reject(new TypeError("network")) : Promise.resolve(reply());
  });
  return keys;
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.resetModules();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function press(body = submission) {
  const { submitOnce } = await import("./submit.ts");
  const outcome = submitOnce(body).then(
    ({ status }) => status,
    (error: Error) => error.name,
  );
  await vi.runAllTimersAsync();
  return outcome;
}

describe("pressing the button", () => {
  test("a lost reply is asked for again under the same key", async () => {
    const keys = serve(["lost", "lost", accepted]);
    expect(await press()).toBe("queued");
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(1);
  });

  test("while nothing is known, pressing again is the same press", async () => {
    const keys = serve(["lost", "lost", "lost", "lost", accepted]);
    expect(await press()).toBe("NoReply");
    expect(await press()).toBe("queued");
    expect(new Set(keys).size).toBe(1);
  });

  test("an answer ends the press: the next one is another", async () => {
    const keys = serve([accepted, accepted]);
    await press();
    await vi.advanceTimersByTimeAsync(1000);
    await press();
    expect(keys).toHaveLength(2);
    expect(new Set(keys).size).toBe(2);
  });

  test("the second half of a double click is no press of its own", async () => {
    const keys = serve([accepted, accepted]);
    expect(await press()).toBe("queued");
    expect(await press()).toBe("queued");
    expect(keys).toHaveLength(1);
  });

  test("a refusal is an answer, and is not tried again", async () => {
    const keys = serve([() => refused(402, "insufficient_credits"), accepted]);
    expect(await press()).toBe("Refusal");
    expect(await press()).toBe("queued");
    expect(keys).toHaveLength(2);
    expect(new Set(keys).size).toBe(2);
  });

  test("a server that does not know leaves the press open", async () => {
    const keys = serve([() => refused(500, "internal_error"), accepted]);
    expect(await press()).toBe("Refusal");
    expect(await press()).toBe("queued");
    expect(new Set(keys).size).toBe(1);
  });

  test("another request is another press", async () => {
    const keys = serve(["lost", "lost", "lost", "lost", accepted]);
    await press();
    await press({ ...submission, outputs: 1 });
    expect(new Set(keys.slice(0, 4)).size).toBe(1);
    expect(keys[4]).not.toBe(keys[0]);
  });
});

test("a key is made on pages that are not secure, too", async () => {
  vi.stubGlobal("crypto", { getRandomValues: crypto.getRandomValues.bind(crypto) });
  const { newKey } = await import("./press.ts");
  expect(newKey()).toMatch(/^[0-9a-f]{32}$/);
  expect(newKey()).not.toBe(newKey());
});
