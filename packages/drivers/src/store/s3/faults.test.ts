/** Between us and the server stands whoever cuts, loses, delays and lies. What we say is stored, is. */
import type { IncomingMessage } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { buffer } from "node:stream/consumers";
import { ListMultipartUploadsCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { hashOf, MIB, pieces, sampleOf } from "../../../test/conformance/bodies.ts";
import { openHttpFaults, type HttpFault, type HttpFaults } from "../../../../../test/rig/http-faults.ts";
import { openDice } from "../../../../../test/chaos/dice.ts";
import { useRadosgw } from "../../../../../test/servers/radosgw.ts";
import { startS3Emulator } from "../../../../../test/servers/s3-emulator.ts";
import { storeOptions, type S3Server } from "../../../../../test/servers/s3-server.ts";
import { createS3Store, type S3Store } from "./index.ts";

const options = { mime: "image/png", maxBytes: 64 * MIB };
const TRIES = 5;

const isComplete = ({ method, url }: IncomingMessage): boolean => method === "POST" && /[?&]uploadId=/.test(url ?? "");
const isPut = ({ method }: IncomingMessage): boolean => method === "PUT";
const isRead = ({ method }: IncomingMessage): boolean => method === "GET" || method === "HEAD";

describe.each([
  ["radosgw", useRadosgw],
  ["the emulator", startS3Emulator],
])("before %s", (_name, start) => {
  let server: S3Server;
  let proxy: HttpFaults;
  let bucket: string;
  /** Through the proxy. */
  let store: S3Store;
  /** Past it. */
  let direct: S3Store;
  let leftBehind: Set<string>;

  beforeAll(async () => {
    server = await start();
    proxy = await openHttpFaults({ to: server.endpoint });
    bucket = await server.makeBucket();
    const { log, ...usual } = storeOptions(server, bucket);
    const warn = (_event: string, facts: object = {}): void => void leftBehind.add((facts as { key: string }).key);
    store = await createS3Store({ ...usual, endpoint: proxy.url, log: { ...log, warn } });
    direct = await createS3Store({ ...usual, log });
    leftBehind = new Set();
  }, 120_000);
  afterEach(() => {
    proxy.choose = () => null;
  });
  afterAll(async () => {
    store.close();
    direct.close();
    await proxy.close();
    await server.stop();
  });

  async function there(): Promise<Set<string>> {
    const keys = new Set<string>();
    for (let from: string | undefined, more = true; more;) {
      const page = await server.client.send(new ListObjectsV2Command({ Bucket: bucket, ContinuationToken: from }));
      for (const { Key: key } of page.Contents ?? []) keys.add(key!);
      from = page.NextContinuationToken;
      more = from !== undefined;
    }
    return keys;
  }
  const unfinished = async (): Promise<string[]> =>
    ((await server.client.send(new ListMultipartUploadsCommand({ Bucket: bucket }))).Uploads ?? []).map(({ Key: key }) => key!);

  test("hundreds of puts in a storm: what was acknowledged is whole, of the rest nothing is left", async () => {
    const { next: random } = openDice(20261127);
    proxy.choose = (request) => {
      if (random() > 0.25) return null;
      const all: HttpFault[] = ["unavailable", "cut_up", "cut_down", "lost", "reset", "slow"];
      if (isComplete(request)) all.push("error_in_200", "error_in_200", "empty_200");
      if (isPut(request)) all.push("error_in_200", "empty_200");
      if (isRead(request)) all.push("end_early");
      return all[Math.floor(random() * all.length)]!;
    };
    const acknowledged = new Map<string, string>();
    let tries = 0;
    const putOne = async (number: number): Promise<void> => {
      const size = number % 15 === 0 ? 8 * MIB + Math.floor(random() * 12 * MIB) : Math.floor(random() * 200_000);
      const { bytes, sha256 } = sampleOf(size);
      for (let left = TRIES; left > 0; left -= 1) {
        const key = `m/storm/${(tries += 1)}`;
        try {
          const stored = await store.put(key, number % 2 === 0 ? pieces(bytes) : bytes, { ...options, ...(number % 3 === 0 && { sizeBytes: size }) });
          expect(stored).toEqual({ sizeBytes: size, sha256 });
          return void acknowledged.set(key, sha256);
        } catch (error) {
          if (left === 1) throw error;
          await sleep(random() * 50);
        }
      }
    };
    const numbers = Array.from({ length: 300 }, (_, number) => number);
    const outcomes = await inParallel(numbers, putOne);
    proxy.choose = () => null;
    expect(proxy.counts.size).toBeGreaterThan(7);
    expect(tries).toBeGreaterThan(300);
    // Five tries each are enough for nearly all.
    expect(outcomes.filter((outcome) => outcome instanceof Error).length).toBeLessThan(10);
    for (const [key, sha256] of acknowledged) expect(hashOf(await buffer((await direct.open(key))!.body)), key).toBe(sha256);
    const rest = [...(await there())].filter((key) => !acknowledged.has(key));
    // Where clearing up failed too, it has said so.
    expect(rest.filter((key) => !leftBehind.has(key))).toEqual([]);
    expect((await unfinished()).filter((key) => !leftBehind.has(key))).toEqual([]);
    expect(leftBehind.size).toBeLessThan(20);
  }, 300_000);

  test.each<[HttpFault, (request: IncomingMessage) => boolean, number]>([
    ["error_in_200", isComplete, 9 * MIB],
    ["empty_200", isComplete, 9 * MIB],
    ["cut_down", isComplete, 9 * MIB],
    ["error_in_200", isPut, 1000],
    ["empty_200", isPut, 1000],
    ["empty_200", isPut, 9 * MIB],
    ["cut_up", isPut, 100_000],
    ["cut_up", isPut, 20 * MIB],
    ["unavailable", isPut, 1000],
    ["lost", isPut, 1000],
    ["lost", isComplete, 9 * MIB],
  ])(
    "%s, whenever it is asked: the put fails and leaves nothing",
    async (fault, meets, size) => {
      proxy.choose = (request) => (meets(request) ? fault : null);
      const key = `m/always/${fault}/${size}`;
      await expect(store.put(key, pieces(sampleOf(size).bytes), options)).rejects.toThrow();
      expect(await there()).not.toContain(key);
      expect(await unfinished()).not.toContain(key);
    },
    60_000,
  );

  test("an upload whose beginning was not heard of is not left open", async () => {
    let lost = false;
    let lists = 0;
    proxy.choose = ({ method, url }) => {
      if (method === "GET" && /[?&]uploads/.test(url ?? "") && (lists += 1) === 1) return "end_early";
      if (lost || method !== "POST" || !/[?&]uploads/.test(url ?? "")) return null;
      lost = true;
      return "lost";
    };
    await store.put("m/twice", pieces(sampleOf(9 * MIB).bytes), options);
    expect(lost).toBe(true);
    expect(await direct.stat("m/twice")).toEqual({ sizeBytes: 9 * MIB });
    expect(await unfinished()).toEqual([]);
  });

  test("a list that is cut off is asked for again, and is no shorter one", async () => {
    await Promise.all([1, 2, 3, 4].map((number) => direct.put(`list/${number}`, Buffer.from("x"), options)));
    let cuts = 0;
    proxy.choose = ({ method, url }) => (method === "GET" && /list-type=2/.test(url ?? "") && (cuts += 1) < 3 ? "end_early" : null);
    const found: string[] = [];
    for await (const { key } of store.list("list/")) found.push(key);
    expect([found.length, cuts]).toEqual([4, 3]);
  });

  test.each<[HttpFault]>([["cut_down"], ["end_early"]])("%s: a body that is read fails, and never ends early", async (fault) => {
    const { bytes } = sampleOf(3 * MIB);
    await direct.put("m/read", bytes, options);
    proxy.choose = (request) => (request.method === "GET" ? fault : null);
    for (const range of [undefined, { start: 10, end: 2 * MIB }]) {
      const reading = async (): Promise<Buffer> => buffer((await store.open("m/read", range))!.body);
      await expect(reading(), JSON.stringify(range)).rejects.toThrow();
    }
  });

  test("an object is not missing because the server is", async () => {
    await direct.put("m/there", Buffer.from("x"), options);
    for (const fault of ["unavailable", "reset"] as const) {
      proxy.choose = () => fault;
      await expect(store.open("m/there")).rejects.toThrow();
      await expect(store.stat("m/there")).rejects.toThrow();
      await expect(store.create("m/there", Buffer.from("y"), "text/plain")).rejects.toThrow();
    }
    expect(await direct.stat("m/there")).toEqual({ sizeBytes: 1 });
  });
});

async function inParallel(numbers: readonly number[], work: (number: number) => Promise<void>): Promise<(Error | null)[]> {
  const outcomes: (Error | null)[] = [];
  const left = [...numbers];
  const worker = async (): Promise<void> => {
    for (let number = left.shift(); number !== undefined; number = left.shift())
      outcomes.push(
        await work(number).then(
          () => null,
          (error: Error) => error,
        ),
      );
  };
  await Promise.all(Array.from({ length: 12 }, worker));
  return outcomes;
}
