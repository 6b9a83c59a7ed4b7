/** One roll of a compose file at a time. */
import { z } from "zod";
import { FileExists, type World } from "../command.ts";
import { RollError } from "./roll-error.ts";

const TAKEOVER_MS = 1_000;
const MODE = 0o600;
const Owner = z.object({ process: z.number(), machine: z.string(), since: z.string(), token: z.string() });

export interface Lock {
  /** Throws where somebody else has taken it. */
  hold(): Promise<void>;
  release(): Promise<void>;
}

export async function takeLock(path: string, world: World): Promise<Lock> {
  const token = Buffer.from(world.chance(12)).toString("hex");
  const mine = JSON.stringify({ process: world.process.id, machine: world.process.machine, since: world.now().toISOString(), token });
  const lost = async (): Promise<boolean> => (await world.readFile(path)) !== mine;
  try {
    await world.writeFile(path, mine, { mode: MODE, fresh: true });
  } catch (error) {
    if (!(error instanceof FileExists)) throw error;
    await refuseIfAlive(path, world);
    await world.writeFile(path, mine, { mode: MODE });
    // Two may have found the same dead owner. Who wrote last has it, and both see that after a moment.
    await world.wait(TAKEOVER_MS);
  }
  const hold = async (): Promise<void> => {
    if (await lost()) throw new RollError("busy", `another roll has taken over (see ${path}); this one ends`);
  };
  await hold();
  return {
    hold,
    release: async () => {
      if (!(await lost())) await world.removeFile(path);
    },
  };
}

async function refuseIfAlive(path: string, world: World): Promise<void> {
  const owner = ownerOf(await world.readFile(path));
  if (owner === null) return;
  const here = owner.machine === world.process.machine;
  if (here && (owner.process === world.process.id || !world.isAlive(owner.process))) return;
  throw new RollError(
    "busy",
    `another roll is under way since ${owner.since}: process ${owner.process} on ${owner.machine}. If it is surely gone, remove ${path}`,
  );
}

/** Null: gone, or cut off while it was written. */
function ownerOf(text: string | null) {
  try {
    return Owner.parse(JSON.parse(text ?? ""));
  } catch {
    return null;
  }
}
