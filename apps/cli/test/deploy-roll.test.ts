import { expect, test } from "vitest";
import { findCommand, Misuse, parseOptions } from "../src/arguments.ts";
import { commands } from "../src/commands/index.ts";
import { createWorld } from "../src/effects/world.ts";
import { Death, MemoryDocker, type Settings } from "./docker-in-memory.ts";

const LINE = "deploy roll --file compose.yml --env-file .env --proxy traefik --services api,studio --workers gen --migrate migrate";
const rendered = (service: string): string =>
  `# Where it answers.\nhttp:\n  services:\n    ${service}:\n      loadBalancer:\n        servers:\n          - url: http://${service}:3000\n`;

function standing(more: Partial<Settings> = {}): MemoryDocker {
  const docker = new MemoryDocker({ services: { api: "{}", studio: "{}", gen: "{}", migrate: "{}" }, ...more });
  for (const service of ["api", "studio", "gen"]) docker.add(service);
  for (const service of ["api", "studio"]) docker.put(`traefik/${service}.yml`, rendered(service));
  docker.files.set("compose.yml", "").set(".env", "");
  docker.nowMs += 60_000;
  docker.images.set("server:2", "sha256:2");
  docker.image = "server:2";
  docker.mark = "m2";
  return docker;
}

async function run(docker: MemoryDocker, line = LINE): Promise<number> {
  const { command, rest } = findCommand(commands, line.split(" "));
  return command.run(parseOptions(command, rest) as never, docker.world());
}

function expectDone(docker: MemoryDocker): void {
  for (const service of ["api", "studio", "gen"])
    expect(docker.of(service).map(({ image, mark, state }) => [image, mark, state])).toEqual([["sha256:2", "m2", "running"]]);
  for (const service of ["api", "studio"]) expect(docker.files.get(`traefik/${service}.yml`)).toBe(rendered(service));
  expect([...docker.files.keys()].toSorted()).toEqual([".env", "compose.yml", "traefik/api.yml", "traefik/studio.yml"]);
  docker.pass(10_000);
  expect(docker.wrong).toEqual([]);
}

test.each([true, false])("all is replaced, and whoever is asked is healthy at every moment (plugin: %s)", async (plugin) => {
  const docker = standing({ plugin });
  expect(await run(docker)).toBe(0);
  expectDone(docker);
  expect(docker.migrations).toBe(1);
  expect(docker.said[0]).toMatch(/^migrate: /);
  expect(docker.commands.filter((line) => line.includes("--remove-orphans") || line.includes("--force-recreate"))).toEqual([]);
});

test("a second roll finds nothing to do, and says so", async () => {
  const docker = standing();
  await run(docker);
  const effects = docker.effects;
  docker.said.length = 0;
  expect(await run(docker)).toBe(0);
  expect(docker.said).toEqual(["api", "studio", "gen"].map((service) => `${service}: is as wanted, nothing to do`));
  // The lock, and nothing else.
  expect(docker.effects).toBe(effects + 1);
});

const whole = standing();
await run(whole);
const deaths = Array.from({ length: whole.effects }, (_, index) => index + 1).flatMap((at) =>
  (["before", "half", "after"] as const).map((when) => [at, when] as const),
);

test.each(deaths)("a roll that dies at effect %i (%s) is finished by the next one", async (at, when) => {
  const docker = standing();
  docker.death = { at, when };
  await expect(run(docker)).rejects.toThrow(Death);
  docker.death = null;
  docker.pass(1_000);
  expect(await run(docker)).toBe(0);
  expectDone(docker);
});

test("two deaths in a row, at each pair of moments of one service", async () => {
  for (let first = 2; first <= 22; first += 2)
    for (let second = 2; second <= 22; second += 3) {
      const docker = standing();
      for (const at of [first, second]) {
        docker.death = { at: docker.effects + at, when: "half" };
        await run(docker).catch((error: unknown) => expect(error).toBeInstanceOf(Death));
        docker.death = null;
      }
      expect(await run(docker)).toBe(0);
      expectDone(docker);
    }
});

test("a new one that never becomes healthy goes, the old one stays, and its last lines are told", async () => {
  const docker = standing({ broken: ["api"] });
  expect(await run(docker, `${LINE} --deadline-seconds 30`)).toBe(1);
  expect(docker.of("api").map(({ image, state }) => [image, state])).toEqual([["sha256:1", "running"]]);
  expect(docker.of("gen")[0]!.image).toBe("sha256:1");
  expect(docker.files.get("traefik/api.yml")).toBe(rendered("api"));
  docker.pass(10_000);
  expect(docker.wrong).toEqual([]);
  expect(docker.said.at(-1)).toMatch(
    /was not healthy within 30 s. It was removed, and the one before goes on answering.\nIts last lines:\n {2}listening\n {2}no database/,
  );
  // And once the image is a good one, the same command ends it.
  docker.settings = { ...docker.settings, broken: [] };
  expect(await run(docker)).toBe(0);
  expectDone(docker);
});

test("a migration that fails leaves everything as it was", async () => {
  const docker = standing({ migrationFails: true });
  expect([await run(docker), docker.said.at(-1)]).toEqual([1, "migrate failed, and nothing was rolled: 0042 waits for a lock"]);
  expect([docker.vessels.map(({ image }) => image), docker.files.get("traefik/api.yml")]).toEqual([Array(3).fill("sha256:1"), rendered("api")]);
});

test("a worker that never becomes healthy is told, and what waits at the proxy has been rolled", async () => {
  const docker = standing({ broken: ["gen"] });
  expect([await run(docker), docker.said.at(-1)]).toEqual([1, expect.stringContaining("There is no other one to go back to.")]);
  expect([docker.of("api")[0]!.image, docker.files.get("traefik/api.yml"), docker.wrong]).toEqual(["sha256:2", rendered("api"), []]);
});

test("the real world runs programs, says what they said, and knows who lives", async () => {
  const world = createWorld({ quiet: true });
  expect(await world.run(process.execPath, ["-e", "console.log(1); console.error(2); process.exit(3)"])).toEqual({ code: 3, stdout: "1\n", stderr: "2\n" });
  const gone = await world.run(process.execPath, ["-p", "process.pid"]);
  expect([world.isAlive(world.process.id), world.isAlive(Number(gone.stdout))]).toEqual([true, false]);
  expect((await world.run("no-such-program-here", [])).code).toBe(127);
});

test("one at a time: a living roll is left alone, a dead one's place is taken", async () => {
  const docker = standing();
  docker.files.set("compose.yml.roll", JSON.stringify({ process: 5, machine: "here", since: "2026-11-27T11:59:00Z", token: "x" }));
  const alive = docker.world();
  const { command, rest } = findCommand(commands, LINE.split(" "));
  const options = parseOptions(command, rest) as never;
  expect(await command.run(options, { ...alive, isAlive: () => true })).toBe(1);
  expect(docker.said.at(-1)).toContain("another roll is under way since 2026-11-27T11:59:00Z: process 5 on here");
  expect(docker.commands).toEqual([]);
  expect(await run(docker)).toBe(0);
  expectDone(docker);
});

test("whoever loses its lock on the way does nothing more", async () => {
  const docker = standing();
  const world = docker.world();
  const { command, rest } = findCommand(commands, LINE.split(" "));
  let waits = 0;
  const robbed = {
    ...world,
    wait: async (milliseconds: number) => {
      waits += 1;
      if (waits === 1) docker.files.set("compose.yml.roll", "somebody else's");
      await world.wait(milliseconds);
    },
  };
  expect(await command.run(parseOptions(command, rest) as never, robbed)).toBe(1);
  expect(docker.said.at(-1)).toContain("another roll has taken over");
  expect([docker.of("api").length, docker.files.get("compose.yml.roll"), docker.wrong]).toEqual([1, "somebody else's", []]);
});

test("--plan says each step and does none", async () => {
  const docker = standing();
  expect(await run(docker, `${LINE} --plan --json`)).toBe(0);
  const { steps, unchanged } = JSON.parse(docker.said[0]!) as { steps: { service: string; act: string }[]; unchanged: string[] };
  expect(steps.map(({ service, act }) => `${service} ${act}`)).toEqual([
    "migrate migrate",
    ...["api", "studio"].flatMap((service) => ["point", "start", "await", "point", "remove", "restore"].map((act) => `${service} ${act}`)),
    "gen remove",
    "gen start",
    "gen await-all",
  ]);
  expect([unchanged, docker.effects]).toEqual([[], 0]);
});

test("what Compose is told: absolute paths, project and profiles", async () => {
  const docker = standing();
  await run(docker, `${LINE} --project mine --profile traefik`);
  const config = docker.commands.find((line) => line.endsWith(" config"))!;
  expect(config).toMatch(/^docker compose -f \/\S+\/compose.yml --env-file \/\S+\/.env -p mine --profile traefik config$/);
  expect(docker.commands).toContainEqual(expect.stringMatching(/up -d --no-deps --no-recreate --scale api=2 api$/));
  expect(docker.commands).toContainEqual(expect.stringMatching(/run --rm --no-deps -T migrate$/));
  expect(docker.commands).toContainEqual(expect.stringMatching(/^docker stop -t 30 /));
});

test.each<[string, (docker: MemoryDocker) => void, string]>([
  ["no compose file", (docker) => void docker.files.delete("compose.yml"), "there is no compose.yml"],
  ["no environment", (docker) => void docker.files.delete(".env"), "there is no .env"],
  ["no file of the proxy", (docker) => void docker.files.delete("traefik/api.yml"), "there is no traefik/api.yml"],
  ["a strange file of the proxy", (docker) => void docker.files.set("traefik/api.yml", "http: {}"), "does not hold one line"],
  ["no such service", (docker) => (docker.settings = { services: { api: "{}", gen: "{}", migrate: "{}" } }), "has no service studio; it has api, gen, migrate"],
  ["an image that is not here", (docker) => (docker.image = "server:3"), "the image server:3 of api is not on this machine"],
  ["a published port", (docker) => (docker.settings = { services: { ...docker.settings.services, api: '{"ports":["80:80"]}' } }), "api publishes a port"],
  ["no health check", (docker) => (docker.settings = { services: { ...docker.settings.services, api: '{"healthcheck":null}' } }), "api has no health check"],
  ["several of them", (docker) => (docker.settings = { services: { ...docker.settings.services, api: '{"deploy":{"replicas":2}}' } }), "a roll moves one"],
  ["nothing runs", (docker) => (docker.vessels = []), "none of these services runs"],
])("bad input is told in a sentence: %s", async (_, spoil, sentence) => {
  const docker = standing();
  spoil(docker);
  expect([await run(docker), docker.said.at(-1)]).toEqual([1, expect.stringContaining(sentence)]);
  expect([docker.migrations, docker.files.has("compose.yml.roll")]).toEqual([0, false]);
});

test("no Docker, and one that does not answer", async () => {
  for (const [ran, sentence] of [
    [{ code: 127, stdout: "", stderr: "spawn docker ENOENT" }, "there is no docker on this machine"],
    [{ code: 1, stdout: "", stderr: "Cannot connect to the Docker daemon" }, "Docker does not answer: Cannot connect to the Docker daemon"],
  ] as const) {
    const docker = standing();
    const { command, rest } = findCommand(commands, LINE.split(" "));
    expect(await command.run(parseOptions(command, rest) as never, { ...docker.world(), run: async () => ran })).toBe(1);
    expect(docker.said.at(-1)).toContain(sentence);
  }
});

test.each([
  ["deploy roll --file compose.yml", "--services or --workers says what is to be replaced"],
  ["deploy roll --file compose.yml --services api", "--proxy is missing"],
  ["deploy roll --file compose.yml --proxy p --services api --workers api", "api is in --services and in --workers"],
])("wrong use is told in a sentence: %s", async (line, sentence) => {
  await expect(run(standing(), line)).rejects.toThrow(Misuse);
  await expect(run(standing(), line)).rejects.toThrow(sentence);
});
