import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { faults, scriptFor, Plan, startSimulator, type Fault, type Simulator } from "./index.ts";

let simulator: Simulator;
beforeEach(async () => {
  simulator = await startSimulator({ plan: { latency_ms: [20, 20], silence_ms: 300 } });
});
afterEach(() => simulator.close());

interface Seen {
  id: string;
  status: string;
  output?: string | null;
}

const submit = (more: object = {}, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${simulator.url}/v1/jobs`, { method: "POST", headers, body: JSON.stringify({ model: "poll", prompt: "p", ...more }) });
const withFault = (fault: Fault, more: object = {}): Promise<Response> => submit({ script: { fault }, ...more });
const look = async (id: string): Promise<Response> => fetch(`${simulator.url}/v1/jobs/${id}`);
const seen = async (id: string): Promise<Seen> => (await look(id)).json() as Promise<Seen>;
const done = (id: string): Promise<unknown> => expect.poll(async () => (await seen(id)).status, { timeout: 3_000 }).not.toBe("running");
const said = (what: string): number => simulator.log().filter((entry) => entry.what === what).length;

test("a job is accepted, made, billed once, and its picture is a whole PNG", async () => {
  const reply = await submit();
  expect(reply.status).toBe(202);
  const { id } = (await reply.json()) as Seen;
  await done(id);
  const picture = Buffer.from(await (await fetch((await seen(id)).output!)).arrayBuffer());
  expect(picture.subarray(1, 4).toString()).toBe("PNG");
  await seen(id);
  expect([said("accepted"), said("billed"), said("fetched")]).toEqual([1, 1, 1]);
});

test("a key is honoured by a keyed model alone", async () => {
  const twice = async (model: string) =>
    Promise.all([1, 2].map(async () => ((await (await submit({ model }, { "idempotency-key": model })).json()) as Seen).id));
  expect(new Set(await twice("poll-keyed")).size).toBe(1);
  expect(new Set(await twice("poll")).size).toBe(2);
  expect([said("submitted"), said("accepted"), said("replayed")]).toEqual([4, 3, 1]);
});

test("a caller that waits gets the result with the answer", async () => {
  const reply = (await (await submit({ wait: true })).json()) as Seen;
  expect(reply).toMatchObject({ status: "succeeded" });
});

test("a job can be found by what the caller calls it, and canceled while it runs", async () => {
  await submit({ client_id: "out_1", script: { latency_ms: 60_000 } });
  const { data } = (await (await fetch(`${simulator.url}/v1/jobs?client_id=out_1`)).json()) as { data: Seen[] };
  expect(data).toMatchObject([{ status: "running" }]);
  await fetch(`${simulator.url}/v1/jobs/${data[0]!.id}/cancel`, { method: "POST" });
  expect(await seen(data[0]!.id)).toMatchObject({ status: "canceled" });
  expect(said("billed")).toBe(0);
});

test.each<[Fault, number | null, boolean]>([
  ["drop_before_read", null, false],
  ["drop_after_read", null, true],
  ["server_error", 503, false],
  ["server_error_after_accept", 500, true],
  ["rate_limit", 429, false],
  ["error_inside_200", 200, false],
  ["garbage_reply", 200, true],
  ["slow_reply", 202, true],
  ["refuse_at_once", 422, false],
])("%s: answers %s, and a job was made of it: %s", async (fault, status, made) => {
  const answered = await withFault(fault).then(
    (reply) => reply.status,
    () => null,
  );
  expect(answered).toBe(status);
  expect(said("accepted")).toBe(made ? 1 : 0);
  if (made) await expect.poll(() => said("billed")).toBe(1);
});

test.each<[Fault, object]>([
  ["refuse_late", { status: "refused" }],
  ["fail_late", { status: "failed" }],
  ["no_output", { status: "succeeded", output: null }],
])("%s: ends as told", async (fault, end) => {
  const { id } = (await (await withFault(fault)).json()) as Seen;
  await done(id);
  expect(await seen(id)).toMatchObject(end);
});

test("silence runs on long after it should have ended", async () => {
  const { id } = (await (await withFault("silence")).json()) as Seen;
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(await seen(id)).toMatchObject({ status: "running" });
  await done(id);
});

test.each<Fault>(["poll_errors", "poll_garbage"])("%s: three looks fail, the fourth tells", async (fault) => {
  const { id } = (await (await withFault(fault)).json()) as Seen;
  for (let nth = 0; nth < 3; nth += 1) {
    const reply = await look(id);
    const sound =
      reply.ok &&
      (await reply.json().then(
        () => true,
        () => false,
      ));
    expect(sound).toBe(false);
  }
  expect(await seen(id)).toHaveProperty("status");
});

test.each<Fault>(["expired_url", "truncated", "wrong_length", "slow_drip", "corrupt"])("%s: the first fetch of the result is bad", async (fault) => {
  const { id } = (await (await withFault(fault)).json()) as Seen;
  await done(id);
  const { output } = await seen(id);
  const fetched = async (): Promise<string> => {
    try {
      const reply = await fetch(output!);
      if (!reply.ok) return String(reply.status);
      return Buffer.from(await reply.arrayBuffer())
        .toString("latin1")
        .endsWith("IEND\xae\x42\x60\x82")
        ? "whole"
        : "spoilt";
    } catch {
      return "broken";
    }
  };
  // An end by signal has come late once: the clock here decides, and the server's close ends the rest.
  expect(await Promise.race([fetched(), sleep(200, "late")])).not.toBe("whole");
});

test("webhooks are signed; forged ones are not; a lost one never comes, and one that is sent twice has one id", async () => {
  const heard: { id: string; genuine: boolean; status: string }[] = [];
  const receiver = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const id = String(request.headers["webhook-id"]);
    const signature = createHmac("sha256", "simulated")
      .update(`${id}.${String(request.headers["webhook-timestamp"])}.${body}`)
      .digest("base64");
    heard.push({ id, genuine: request.headers["webhook-signature"] === `v1,${signature}`, status: (JSON.parse(body) as { job: Seen }).job.status });
    response.end();
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  const webhook_url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
  await withFault("webhook_forged", { webhook_url });
  await expect
    .poll(() => heard.map(({ genuine, status }) => [genuine, status]))
    .toEqual([
      [false, "failed"],
      [true, "succeeded"],
    ]);
  heard.length = 0;
  await withFault("webhook_lost", { webhook_url });
  await withFault("webhook_twice", { webhook_url });
  await expect.poll(() => heard.length).toBe(3);
  expect(new Set(heard.map(({ id }) => id)).size).toBe(1);
  receiver.closeAllConnections();
  receiver.close();
});

test("the same seed draws the same scripts, in the shares that were asked for", () => {
  const plan = Plan.parse({ seed: 7, faults: { drop_after_read: 0.2, rate_limit: 0.1 } });
  const draw = () => Array.from({ length: 2_000 }, (_, index) => scriptFor(plan, `job ${index}`, {}).fault ?? "none");
  const drawn = draw();
  expect(draw()).toEqual(drawn);
  const share = (fault: string): number => drawn.filter((one) => one === fault).length / drawn.length;
  expect(share("drop_after_read")).toBeCloseTo(0.2, 1);
  expect(share("none")).toBeCloseTo(0.7, 1);
  expect(faults.length).toBe(new Set(faults).size);
});
