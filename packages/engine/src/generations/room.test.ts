import { expect, test } from "vitest";
import { createRoom } from "./room.ts";

const soon = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));
const never = new AbortController().signal;

test("so much at once, in the order in which it was asked for, and what is given back twice counts once", async () => {
  const room = createRoom(10);
  const had: string[] = [];
  const take = (name: string, bytes: number) => room.take(bytes, never).then((release) => (had.push(name), release));
  const first = await take("first", 6);
  const second = take("second", 6);
  // It would have room, and does not overtake.
  const third = take("third", 1);
  await soon();
  expect(had).toEqual(["first"]);
  first();
  first();
  await Promise.all([second, third]);
  expect(had).toEqual(["first", "second", "third"]);
  const fourth = take("fourth", 4);
  await soon();
  expect(had).not.toContain("fourth");
  (await second)();
  await fourth;
});

test("more than there is at all waits until nobody has any", async () => {
  const room = createRoom(10);
  const release = await room.take(1, never);
  let has = false;
  const large = room.take(100, never).then((give) => ((has = true), give));
  await soon();
  expect(has).toBe(false);
  release();
  (await large)();
  (await room.take(10, never))();
});

test("who stops waiting holds up nobody", async () => {
  const room = createRoom(10);
  const release = await room.take(10, never);
  const stop = new AbortController();
  const given = room.take(5, stop.signal);
  const next = room.take(5, never);
  stop.abort(new Error("stopped"));
  await expect(given).rejects.toThrow("stopped");
  release();
  (await next)();
});
