import { expect, test } from "vitest";
import { Fault } from "@cooly/contract";
import { neighbourhoodOf } from "./guards.ts";
import { wasNeverAsked } from "@cooly/engine";
import { toFault } from "./problem.ts";

const withCode = (code: string): Error => Object.assign(new Error("from the network"), { code });

test.each([
  ["refused", withCode("ECONNREFUSED"), true],
  ["starting up", withCode("57P03"), true],
  ["too many connections", withCode("53300"), true],
  ["no free connection", new Error("timeout exceeded when trying to connect"), true],
  ["refused on every address", new AggregateError([withCode("ECONNREFUSED"), withCode("ECONNREFUSED")]), true],
  ["refused, wrapped by a library", new Error("failed to get session", { cause: withCode("ECONNREFUSED") }), true],
  ["shut down in the middle", withCode("57P01"), false],
  ["cut off", new Error("Connection terminated unexpectedly"), false],
  ["a connection exception", withCode("08006"), false],
])("a database that is away (%s) is a pause; whether it was asked is known or not", (_what, error, neverAsked) => {
  expect([toFault(error).code, wasNeverAsked(error)]).toEqual(["unavailable", neverAsked]);
});

test("anything else is a bug of ours, and a fault is what it is", () => {
  expect(toFault(withCode("23505")).code).toBe("internal_error");
  expect(toFault("a string").code).toBe("internal_error");
  const fault = new Fault("not_found");
  expect(toFault(fault)).toBe(fault);
});

test.each([
  ["203.0.113.7", "203.0.113.7"],
  ["::ffff:203.0.113.7", "203.0.113.7"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:0db8:0001:0002::1", "2001:db8:1:2::/64"],
  ["::1", "0:0:0:0::/64"],
])("who is limited together: %s -> %s", (address, neighbourhood) => {
  expect(neighbourhoodOf(address)).toBe(neighbourhood);
});
