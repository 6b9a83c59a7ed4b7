/** What every adapter promises the engine, against a server that speaks its vendor's protocol. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ProviderUnreachable, type Failure, type Job, type Provider, type Sight, type Started, type Verdict } from "@cooly/engine/ports";
import { lookFaults, type Answer, type Stub } from "./stub.ts";

/** In every stub's configuration, so that no adapter can say it aloud unnoticed. */
export const SECRET_KEY = "canary-key-0123456789";

export interface UnderTest {
  readonly name: string;
  start(): Promise<Stub>;
  /** With `SECRET_KEY` as its key, where the vendor has keys. */
  provider(url: string): Provider;
  readonly upstreamId: string;
  /** Fields of the vendor's request, as a manifest's map makes them. */
  readonly request: Readonly<Record<string, unknown>>;
  /** What becomes of a job that the vendor answered with 500, and with 503. `lost`: it may have one; `again`: it has none. */
  readonly serverError: "lost" | "again";
  readonly overloaded: "lost" | "again";
  /** Answers to a submit that bring no job. */
  readonly refusals: readonly Refusal[];
  /** The bytes of the result. */
  readonly result: Uint8Array;
}

export interface Refusal {
  readonly title: string;
  readonly answer: Answer;
  readonly class: Failure["class"] | "unknown";
  /** The vendor's own word, where it has one. */
  readonly code?: string;
}

const LOOKS_MAX = 200;
/** Where nobody listens. */
export const NOBODY = "http://127.0.0.1:1";

export interface Sent {
  readonly job: Job;
  /** How often it was asked whether it may send. */
  sendings(): number;
}

export function jobOf({ upstreamId, request }: Pick<UnderTest, "upstreamId" | "request">, more: Partial<Job> = {}): Sent {
  let sendings = 0;
  const job: Job = {
    outputId: "01935f5e-0000-7000-8000-000000000001",
    attempt: 1,
    key: "01935f5e-0000-7000-8000-000000000001",
    upstreamId,
    input: request,
    request,
    seed: 7,
    async sending() {
      sendings += 1;
    },
    insist() {},
    progress() {},
    ...more,
  };
  return { job, sendings: () => sendings };
}

/** Looks until there is a verdict. */
export async function verdictOf(provider: Provider, started: Started): Promise<Verdict> {
  if (started.kind === "unknown") throw new Error(started.why);
  if (started.kind !== "accepted") return started;
  for (let looks = 0; looks < LOOKS_MAX; looks += 1) {
    const seen: Sight = await provider.look!(started.operation, AbortSignal.timeout(5_000));
    if (seen.kind !== "running") return seen;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error("no verdict came");
}

async function bytesOf(verdict: Verdict): Promise<Uint8Array> {
  if (verdict.kind !== "delivered") throw new Error(JSON.stringify(verdict));
  const { result } = verdict;
  if (result.from === "url") return new Uint8Array(await (await fetch(result.url)).arrayBuffer());
  if (result.body instanceof Uint8Array) return result.body;
  const chunks: Uint8Array[] = [];
  for await (const chunk of result.body as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** What one test has at hand. */
interface Bench {
  readonly stub: Stub;
  readonly provider: Provider;
  start(sent?: Sent): Promise<Started>;
}

export function describeAdapter(under: UnderTest): void {
  describe(`${under.name}: what every adapter promises`, () => {
    let stub: Stub;
    let provider: Provider;
    beforeEach(async () => {
      stub = await under.start();
      provider = under.provider(stub.url);
    });
    afterEach(() => stub.close());

    const at: Bench = {
      get stub() {
        return stub;
      },
      get provider() {
        return provider;
      },
      start: (sent = jobOf(under)) => provider.start(sent.job, AbortSignal.timeout(10_000)),
    };
    testStarts(under, at);
    testAnswers(under, at);
    if (under.provider(NOBODY).look) testLooks(at);
    testExamination(under, at);
  });
}

function testStarts(under: UnderTest, at: Bench): void {
  test("a job is asked for once, and its result is what the vendor made", async () => {
    const sent = jobOf(under);
    const verdict = await verdictOf(at.provider, await at.start(sent));
    expect(verdict).toMatchObject({ kind: "delivered" });
    expect(Buffer.compare(await bytesOf(verdict), under.result)).toBe(0);
    expect([at.stub.submits.length, at.stub.made(), sent.sendings()]).toEqual([1, 1, 1]);
  });

  test("who has lost the lease sends nothing", async () => {
    const lost = new Error("the lease is gone");
    await expect(at.start(jobOf(under, { sending: () => Promise.reject(lost) }))).rejects.toBe(lost);
    const gone = jobOf(under, {
      insist() {
        throw lost;
      },
    });
    await expect(at.start(gone)).rejects.toBe(lost);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(at.stub.submits).toEqual([]);
  });

  test("a stopped worker stops waiting", async () => {
    const stop = new AbortController();
    const sent = jobOf(under, {
      async sending() {
        stop.abort(new Error("stopped"));
      },
    });
    await expect(at.provider.start(sent.job, stop.signal)).rejects.toThrow();
  });
}

function testAnswers(under: UnderTest, at: Bench): void {
  test.each(["drop_before_read", "drop_after_read", "garbage"] as const)("%s: it is never told as a failure, and never sent again by itself", async (fault) => {
    at.stub.fault(fault);
    const outcome = await at.start().then(
      (started) => started.kind,
      (error: unknown) => (error instanceof ProviderUnreachable ? "unreachable" : "unknown"),
    );
    expect(outcome).toBe("unknown");
    expect(at.stub.submits.length).toBe(fault === "drop_before_read" ? 0 : 1);
  });

  test.each([
    ["server_error", under.serverError],
    ["overloaded", under.overloaded],
  ] as const)("%s: %s", async (fault, expected) => {
    at.stub.fault(fault);
    const started = await at.start();
    expect(started.kind).toBe(expected === "lost" ? "unknown" : "failed");
  });

  test("who asks too often is told when to come back, and no attempt is burnt", async () => {
    at.stub.fault("rate_limit");
    expect(await at.start()).toMatchObject({ kind: "failed", class: "rate_limited" });
  });

  test.each(under.refusals.map((refusal) => [refusal.title, refusal] as const))("refused: %s", async (_title, refusal) => {
    at.stub.say("submit", refusal.answer);
    const started = await at.start();
    const verdict = started.kind === "accepted" ? await verdictOf(at.provider, started) : started;
    if (refusal.class === "unknown") return expect(verdict.kind).toBe("unknown");
    expect(verdict).toMatchObject({ kind: "failed", class: refusal.class, ...(refusal.code && { code: refusal.code }) });
    expect((verdict as Failure).message).toMatch(/\S/u);
  });

  test("no answer and no error says the key", async () => {
    const said: unknown[] = [];
    for (const status of [400, 401, 402, 403, 404, 422, 429, 500, 503]) {
      at.stub.say("submit", { status, body: { error: { code: "x", message: `bad key ${SECRET_KEY}` }, detail: `bad key ${SECRET_KEY}`, message: SECRET_KEY } });
      said.push(await at.start().catch((error: unknown) => String(error)));
    }
    expect(JSON.stringify(said)).not.toContain(SECRET_KEY);
  });
}

function testLooks(at: Bench): void {
  test.each(lookFaults)("%s: trouble while looking is no verdict", async (fault) => {
    const started = await at.start();
    if (started.kind !== "accepted") throw new Error(started.kind);
    at.stub.fault(fault);
    for (let nth = 0; nth < 3; nth += 1) await expect(at.provider.look!(started.operation, AbortSignal.timeout(5_000))).rejects.toThrow();
    expect(at.stub.submits.length).toBe(1);
    expect(await verdictOf(at.provider, started)).toMatchObject({ kind: "delivered" });
  });
}

function testExamination(under: UnderTest, at: Bench): void {
  test("where nobody listens nothing was sent", async () => {
    const sent = jobOf(under);
    await expect(under.provider(NOBODY).start(sent.job, AbortSignal.timeout(5_000))).rejects.toBeInstanceOf(ProviderUnreachable);
    expect(sent.sendings()).toBe(0);
  });

  test("an examination is a finding, whatever answers", async () => {
    const levels = async (provider: Provider): Promise<unknown> => {
      const findings = await provider.examine!(AbortSignal.timeout(5_000));
      expect(JSON.stringify(findings)).not.toContain(SECRET_KEY);
      return findings.map(({ level }) => level);
    };
    expect(await levels(at.provider)).toEqual(["good"]);
    expect(await levels(under.provider(NOBODY))).toEqual(["failure"]);
  });
}
