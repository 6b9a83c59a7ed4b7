/** standin: everything on one machine, started from the rendered files and looked at from outside. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { launchChromium } from "../e2e/chromium.ts";
import { engineAt } from "./docker.ts";
import { runGuide } from "./guide.ts";
import { DOMAIN, FRONTEND, NAMES as NAMED, root, SERVER } from "./images.ts";
import {
  browserFlags,
  coolyAt,
  createCaller,
  endedGeneration,
  initialised,
  layOut,
  order,
  pullThePlug,
  standing,
  untilHealthy,
  settle,
  type Caller,
} from "./installation.ts";
import { bring, inspected, openPorts, startMachine, type Machine } from "./machine.ts";
import { NAMES } from "./stand-ins/index.ts";

const ONCE = ["cooly-migrate", "cooly-prepare"];
const FILES = ["--env-file", ".env.prod", "-f", "docker-compose.prod.yml"];

/** One caller is all of them here. */
const UNLIMITED = { RATE_LIMIT_PER_MINUTE: "100000", RATE_LIMIT_IP_PER_MINUTE: "100000" };

let [vps, caller, folder, bearer, browser] = [] as unknown as [Machine, Caller, string, string, Browser];
const compose = (...words: string[]): Promise<string> => vps.compose(folder, ...FILES, ...words);
const inside = (service: string, ...words: string[]): Promise<string> => compose("exec", "-T", service, "cooly", ...words);

beforeAll(async () => {
  folder = join(await mkdtemp(join(tmpdir(), "cooly-vps-")), "vps");
  vps = await startMachine("vps", 10);
  await bring(engineAt(inject("builder")), vps.engine, [
    ...Object.values(SERVER),
    ...Object.values(FRONTEND),
    NAMES.postgres,
    NAMES.redis,
    NAMES.proxy,
    NAMES.storage,
  ]);
  caller = createCaller(vps.address, inject("caFile"));
  const made = await initialised("vps", ["--domain", DOMAIN]);
  await layOut("vps", folder, {
    file: ".env.prod",
    given: { ...made, ACME_EMAIL: "someone@example.com", ...UNLIMITED, SERVER_IMAGE: SERVER.now, FRONTEND_IMAGE: FRONTEND.now },
  });
  await settle(join(folder, "docker-compose.prod.yml"), inject("caFile"), {
    hosts: NAMED.map((name) => `${name}:${vps.address}`),
    services: ["cooly-api", "cooly-gen"],
  });
  const { code, stderr } = await vps.composed(folder, ...FILES, "--profile", "traefik", "up", "-d");
  if (code !== 0) throw new Error(stderr, { cause: await untilHealthy(vps, { once: ONCE, seconds: 1 }).catch((error: unknown) => error) });
  await untilHealthy(vps, { once: ONCE });
});
afterAll(async () => {
  caller?.close();
  await browser?.close();
  await vps?.close();
  await rm(join(folder, ".."), { recursive: true, force: true });
});

describe("standin: vps", () => {
  test("the first admin and a program's key are made in a container", async () => {
    const { people } = JSON.parse(await inside("cooly-api", "seed", "--email", "admin@example.com", "--json")) as { people: { admin: boolean }[] };
    expect(people.some(({ admin }) => admin)).toBe(true);
    await inside("cooly-api", "credits", "grant", "admin@example.com", "5000", "--reason", "a test", "--json");
    ({ key: bearer } = JSON.parse(await inside("cooly-api", "key", "add", "admin@example.com", "--json")) as { key: string });
  });

  test("a generation goes from the API through TLS, queue, worker and bucket, and its media come from the media's own name", async () => {
    const view = await endedGeneration(caller, bearer, await order(caller, bearer, { outputs: 2 }));
    expect(view.status).toBe("succeeded");
    for (const { download_url: link } of view.outputs) {
      expect(link).toMatch(new RegExp(`^https://media\\.${DOMAIN}/`));
      const { status, bytes } = await caller.call(link!);
      expect(status).toBe(200);
      expect(bytes.subarray(1, 4).toString()).toBe("PNG");
    }
  });

  test("each container is what the file says: not root, read-only, without rights, limited, and only the proxy is published", async () => {
    const containers = (await standing(vps)).filter(({ service }) => !ONCE.includes(service));
    const ids = containers.map(({ id }) => id);
    for (const { Config, HostConfig, State, NetworkSettings } of await inspected(vps.engine, ids)) {
      const name = Config.Labels["com.docker.compose.service"]!;
      expect(State.Health?.Status, name).toBe("healthy");
      expect(Config.User, name).not.toMatch(/^(|0|root)(:|$)/);
      expect(HostConfig, name).toMatchObject({ ReadonlyRootfs: true, Privileged: false, CapDrop: ["ALL"], CapAdd: null });
      expect(HostConfig.SecurityOpt, name).toContain("no-new-privileges:true");
      expect(HostConfig.Memory, name).toBeGreaterThan(0);
      expect(HostConfig.NanoCpus, name).toBeGreaterThan(0);
      expect(HostConfig.LogConfig.Config["max-size"], name).toBe("10m");
      const ports = Object.values(NetworkSettings.Ports).flatMap((bound) => bound ?? []);
      expect([...new Set(ports.map(({ HostPort }) => HostPort))].toSorted(), name).toEqual(name === "cooly-traefik" ? ["443", "80"] : []);
    }
  });

  test("from outside, 80 and 443 answer and nothing else, before the firewall and behind it", async () => {
    expect(await openPorts(vps.address)).toEqual([80, 443]);
    expect(await vps.run("sh", join(folder, "firewall.sh"))).toContain("80, 443");
    expect(await openPorts(vps.address)).toEqual([80, 443]);
  });
});

describe("standin: vps, by its operator and its people", () => {
  test("doctor finds nothing, and verify neither", async () => {
    expect(await inside("cooly-gen", "doctor", "--topology", "vps")).toBeTruthy();
    expect(await inside("cooly-gen", "verify")).toContain("in order");
  });

  test.each(["vps.md", "troubleshooting.md"])("what %s says to type can be typed", async (guide) => {
    expect(await runGuide(guide, vps, folder)).toEqual([]);
  });

  test("somebody signs up in a real browser, over TLS, and has a picture", async () => {
    const certificate = await readFile(join(inject("caFile"), "../certificate.pem"), "utf8");
    browser = await launchChromium(browserFlags(vps.address, DOMAIN, certificate));
    const page = await browser.newPage({ baseURL: `https://${DOMAIN}` });
    await page.goto("/sign-in");
    await page.getByRole("link", { name: "Create account" }).click();
    await page.getByText("A new account starts with").waitFor();
    await page.getByLabel("E-mail address").fill("someone@example.com");
    await page.getByLabel("Password").fill("a long enough one");
    await page.getByRole("button", { name: "Create account" }).click();
    await page.getByRole("heading", { name: "What should it look like?" }).waitFor();
    await page.getByTestId("prompt").fill("A calm sea at sunset");
    await page.getByTestId("create").click();
    const shown = `[...document.querySelectorAll('[data-status="delivered"] img')].some((image) => image.complete && image.naturalWidth > 0)`;
    await expect
      .poll(() => page.evaluate(shown), { timeout: 60_000 })
      .toBe(true)
      .finally(() => page.screenshot({ path: "test-results/screenshots/vps.png" }));
  });
});

describe("standin: vps, in trouble and in change", () => {
  test("whichever container is killed comes back, and what was going on ends", async () => {
    const services = (await standing(vps)).map(({ service }) => service).filter((service) => !ONCE.includes(service));
    for (const service of services) {
      const id = await order(caller, bearer, { outputs: 2, size: "1024x1024" });
      await pullThePlug(vps, service);
      await sleep(1_000);
      await untilHealthy(vps, { once: ONCE, seconds: 90 });
      expect((await endedGeneration(caller, bearer, id)).status, service).toBe("succeeded");
    }
    const restarted = (await standing(vps)).filter(({ service }) => services.includes(service));
    expect(restarted.filter(({ restarts }) => restarts < 1)).toEqual([]);
    expect(await inside("cooly-gen", "verify")).toContain("in order");
  });

  test("a rolling update at 20 requests a second fails none of them, and long work survives it", async () => {
    await layOut(null, folder, { file: ".env.prod", given: { SERVER_IMAGE: SERVER.next, FRONTEND_IMAGE: FRONTEND.next } });
    const long = await Promise.all(Array.from({ length: 12 }, () => order(caller, bearer, { outputs: 4, size: "1152x768" })));
    const load = startLoad();
    const env = { DOCKER_HOST: `unix://${vps.engine.socket}` };
    const said = await coolyAt(env, ...ROLL.map((word) => (/\.(yml|prod)$|^traefik$/.test(word) ? join(folder, word) : word)), "--project", "vps");
    const { asked, failures } = await load.stop();
    console.log(`${said}\n${asked} requests while it rolled, ${failures.length} failed`);
    expect(failures).toEqual([]);
    expect(asked).toBeGreaterThan(300);
    for (const id of long) expect((await endedGeneration(caller, bearer, id)).status).toBe("succeeded");
    const images = new Map((await standing(vps)).map(({ service, image }) => [service, image]));
    for (const service of ROLLED) expect(images.get(service), service).toBe(service === "cooly-frontend" ? FRONTEND.next : SERVER.next);
    const file = "traefik/cooly-api.yml";
    expect(await readFile(join(folder, file), "utf8")).toBe(await readFile(join(root, "deploy/vps", file), "utf8"));
    expect(await inside("cooly-gen", "verify")).toContain("in order");
  });
});

/** As the README of the rendered files says. */
const ROLLED = ["cooly-api", "cooly-frontend", "cooly-relay", "cooly-gen", "cooly-capture", "cooly-sweeper"];
const ROLL =
  `deploy roll --file docker-compose.prod.yml --env-file .env.prod --proxy traefik --services cooly-api,cooly-frontend --workers cooly-relay,cooly-gen,cooly-capture,cooly-sweeper --migrate cooly-migrate`.split(
    " ",
  );
const PER_SECOND = 20;

/** Pages, reads and orders, as they come. */
function startLoad(): { stop(): Promise<{ asked: number; failures: readonly string[] }> } {
  const failures: string[] = [];
  const open = new Set<Promise<void>>();
  let asked = 0;
  const ask = async (number: number): Promise<void> => {
    const api = `https://api.${DOMAIN}`;
    const what = number % 10 === 0 ? "an order" : number % 2 === 0 ? `${api}/v1/me` : `https://${DOMAIN}/sign-in`;
    try {
      if (what === "an order") return void (await order(caller, bearer));
      const { status } = await caller.call(what, { bearer });
      if (status !== 200) failures.push(`${what} answered ${status}`);
    } catch (error) {
      failures.push(`${what}: ${String(error)}`);
    }
  };
  const ticking = setInterval(() => {
    const one = ask((asked += 1)).finally(() => open.delete(one));
    open.add(one);
  }, 1_000 / PER_SECOND);
  return {
    async stop() {
      clearInterval(ticking);
      await Promise.all(open);
      return { asked, failures };
    },
  };
}
