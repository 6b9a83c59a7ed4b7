/**
 * An installation records each version of a manifest once and keeps it: what is changed under the same version never reaches it. Versions that
 * were never in a release may be locked anew (`node tools/lock-models.ts --unreleased`); until the first release that is all of them.
 */
import { expect, test } from "vitest";
import { complaintsOf, fingerprintsOf, readLock, readManifests } from "./model-lock.ts";

test("a shipped manifest changes with its version alone", () => {
  expect(complaintsOf(fingerprintsOf(readManifests()), readLock())).toEqual([]);
});

const one = { id: "a/b", version: 1, name: "B", outputs: { max: 4, default: 1 } };

test("what was changed is named, with the version that it needs", () => {
  const locked = fingerprintsOf([one]);
  expect(complaintsOf(fingerprintsOf([{ ...one, outputs: { max: 8, default: 1 } } as typeof one]), locked)).toEqual([
    'a/b was changed and is still version 1: give it the version 2, then run "node tools/lock-models.ts".',
  ]);
  expect(complaintsOf(fingerprintsOf([{ ...one, version: 2 }]), locked)).toEqual(['a/b has a version 2 that is not locked: run "node tools/lock-models.ts".']);
});

test("the order of members is no change, and a model that is gone is none to speak of", () => {
  const { id, version, name, outputs } = one;
  expect(
    complaintsOf(fingerprintsOf([{ outputs: { default: outputs.default, max: outputs.max }, name, version, id } as typeof one]), fingerprintsOf([one])),
  ).toEqual([]);
  expect(complaintsOf({}, fingerprintsOf([one]))).toEqual([]);
});
