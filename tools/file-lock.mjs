// Several processes may begin the same work at the same moment: one of them does it, the others wait.
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const BEAT_MS = 2_000;
const STALE_MS = 30_000;
const LOOK_MS = 200;

/** Does `work` while no other process does; `onWait` is called once if one does. */
export async function exclusively(file, work, onWait = () => undefined) {
  mkdirSync(dirname(file), { recursive: true });
  for (let tries = 0; !takes(file); tries += 1) {
    if (tries === 0) onWait();
    else await sleep(LOOK_MS);
    removeIfDead(file);
  }
  const beat = setInterval(() => touch(file), BEAT_MS);
  const release = () => rmSync(file, { force: true });
  process.once("exit", release);
  try {
    return await work();
  } finally {
    clearInterval(beat);
    process.off("exit", release);
    release();
  }
}

function takes(file) {
  try {
    writeFileSync(file, owner(), { flag: "wx" });
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
    return false;
  }
}

const owner = () => `${process.pid} ${hostname()}`;

function touch(file) {
  const now = new Date();
  try {
    utimesSync(file, now, now);
  } catch {
    // Somebody cleaned up; the work goes on.
  }
}

// A killed owner cannot clean up. On this machine its pid tells; from another one (a shared folder) only its silence does.
function removeIfDead(file) {
  try {
    const [pid, host] = readFileSync(file, "utf8").split(" ");
    const silentMs = Date.now() - statSync(file).mtimeMs;
    if (silentMs < STALE_MS && !(host === hostname() && isGone(Number(pid)))) return;
    // Renaming succeeds for one of those who wait, so that nobody removes the lock of the next owner.
    const aside = `${file}.${process.pid}`;
    renameSync(file, aside);
    rmSync(aside, { force: true });
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
  }
}

/** Whether no process of this machine has this number. */
export function isGone(pid) {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error.code === "ESRCH";
  }
}
