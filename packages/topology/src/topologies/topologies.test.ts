import { describe, expect, test } from "vitest";
import { variants } from "../../../../tools/pages/deploy.ts";
import { holesOf } from "../schema/template.ts";
import { problemsOf } from "../schema/consistency.ts";
import { Options } from "../schema/options.ts";
import { topologyOf } from "./index.ts";

const all = Object.entries(variants).map(([name, [kind, options]]) => ({ name, topology: topologyOf(kind, options) }));
const serviceOf = (topology: ReturnType<typeof topologyOf>, id: string) => topology.services.find((service) => service.id === id)!;

describe.each(all)("$name", ({ topology }) => {
  test("is whole: what it names exists, who must reach whom can, and the database has sessions for all", () => {
    expect(problemsOf(topology)).toEqual([]);
  });

  test("has each worker role once, and exactly one API service", () => {
    const roles = topology.services.flatMap((service) => service.roles).toSorted();
    expect(roles).toEqual(["api", "capture", "gen", "relay", "sweeper"]);
  });

  test("gives no process a secret that its roles do not read", () => {
    for (const { id, roles, environment } of topology.services.filter((service) => service.roles.length > 0)) {
      const isBroker = (name: string): boolean => /^(REDIS_URL|SQS_|AWS_)/.test(name);
      if (!roles.some((role) => role === "relay" || role === "gen" || role === "api")) expect(Object.keys(environment).filter(isBroker), id).toEqual([]);
      if (!roles.some((role) => role === "api" || role === "gen")) expect(Object.keys(environment), id).not.toContain("AUTH_SECRET");
    }
  });

  test("publishes nothing to the world but the proxy's ports", () => {
    const shown = topology.services.filter(({ kind, published }) => kind !== "proxy" && published.some(({ reach }) => reach === "world"));
    expect(shown.map(({ id }) => id)).toEqual([]);
  });
});

test("on a VPS only the proxy is reached, on 80 and 443", () => {
  const published = topologyOf("vps").services.flatMap((service) => service.published);
  expect(published.map(({ port }) => port)).toEqual([80, 443]);
});

test.each([
  ["outbound", undefined, []],
  ["tunnel", undefined, []],
  ["outbound", "garage", [443]],
  ["tls", undefined, [443, 6380]],
  ["allowlist", undefined, [443, 6380]],
] as const)("the VPS of hybrid with %s and the store %s shows the world %j", (network, objectStore, ports) => {
  const topology = topologyOf("hybrid", { network, ...(objectStore && { objectStore }) });
  expect(topology.services.flatMap((service) => service.published.map(({ port }) => port))).toEqual(ports);
});

test("the API of hybrid knows no broker, and reaches Redis only where that was chosen", () => {
  const names = (network: "outbound" | "tls"): string[] => Object.keys(serviceOf(topologyOf("hybrid", { network }), "cooly-api").environment);
  expect(names("outbound").filter((name) => /REDIS|SQS|CACHE/.test(name))).toEqual([]);
  expect(names("tls").filter((name) => /REDIS|SQS|CACHE/.test(name))).toEqual(["CACHE_URL"]);
});

test("who comes to Redis from elsewhere has a user that cannot touch the queue", () => {
  const redis = serviceOf(topologyOf("hybrid", { network: "tls" }), "cooly-redis");
  const users = redis
    .command!.join("\n")
    .split("\n")
    .filter((line) => line.startsWith("user "));
  expect(users.map((line) => line.split(" ").slice(1, 5).join(" "))).toEqual([
    "default off",
    "cooly on >$REDIS_PASSWORD ~cooly:*",
    "cache on >$CACHE_PASSWORD ~cooly:cache:*",
  ]);
});

test("another name makes a second installation beside the first: no name of a service is shared", () => {
  const names = (name: string): string[] => topologyOf("vps", { name }).services.map(({ id }) => id);
  expect(names("cooly").filter((id) => names("second").includes(id))).toEqual([]);
});

test("every variable that the files of a host name is written in capitals, and no default holds another variable", () => {
  for (const { topology } of all) {
    for (const { environment } of topology.services) {
      for (const value of Object.values(environment)) expect(holesOf(value).every(({ fallback }) => fallback === null || !fallback.includes("{"))).toBe(true);
    }
  }
});

test.each([
  [{ domain: "no domain" }, "must be a domain"],
  [{ tag: "latest" }, "must be a version"],
  [{ registry: "ghcr.io/acme/" }, "must be a registry"],
  [{ allowed: ["everybody"] }, "must be ranges"],
  [{ vpsAddress: "here" }, "must be an IPv4 address"],
])("%j is refused with a sentence", (options, sentence) => {
  expect(Options.safeParse(options).error?.issues[0]?.message).toContain(sentence);
});
