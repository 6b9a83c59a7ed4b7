/** What the guides leave to Docker, run in an installation's folder by the shell that an operator has. */
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { blocksOf } from "../deploy/guide-blocks.ts";
import { spawned } from "./docker.ts";
import { root } from "./images.ts";
import type { Machine } from "./machine.ts";

/** Here Compose is a program of its own, and nobody sits at a terminal. */
const DOCKER = `#!/bin/sh
[ "$1" = compose ] || exec /usr/bin/docker "$@"
shift
for word in "$@"; do
  shift
  set -- "$@" "$word"
  [ "$word" = exec ] && set -- "$@" -T
done
exec docker-compose "$@"
`;

/** The tests start, roll and end what they look at themselves. */
const THEIRS = /\bdocker build\b|\bpull$|\bup -d\b|\bdeploy roll\b/m;

/** Answers what went wrong, by block. */
export async function runGuide(name: string, machine: Machine, folder: string): Promise<readonly string[]> {
  const blocks = blocksOf(name, await readFile(join(root, "docs/operate", name), "utf8")).filter(
    ({ where, text }) => where === "topology" && !THEIRS.test(text),
  );
  if (blocks.length === 0) throw new Error(`${name} leaves nothing to Docker`);
  const programs = await mkdtemp(join(tmpdir(), "cooly-programs-"));
  await mkdir(programs, { recursive: true });
  await writeFile(join(programs, "docker"), DOCKER);
  await chmod(join(programs, "docker"), 0o755);
  // Functions that a page defines are for its other blocks.
  const defined = blocks.filter(({ text }) => /^\w+\(\) \{/m.test(text)).map(({ text }) => text);
  const wrong: string[] = [];
  for (const { line, text } of blocks) {
    const env = { PATH: `${programs}:${process.env["PATH"]}`, DOCKER_HOST: `unix://${machine.engine.socket}`, COMPOSE_PROJECT_NAME: machine.name };
    // By a file: what a command reads is not the rest of the script.
    await writeFile(join(programs, "block.sh"), `${defined.join("")}${text}`);
    const { code, stderr } = await spawned("bash", ["-e", join(programs, "block.sh")], { cwd: folder, env });
    // Whoever searches and finds nothing says so by a 1.
    const found = code === 0 || (code === 1 && /\| grep /.test(text));
    if (!found) wrong.push(`${name}:${line} ended with ${code}: ${stderr.slice(-1_000)}`);
  }
  await rm(programs, { recursive: true });
  return wrong;
}
