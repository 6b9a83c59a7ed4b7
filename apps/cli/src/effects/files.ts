import { chmod, readFile as read, rename, rm, writeFile as write } from "node:fs/promises";
import { FileExists, type World } from "../command.ts";

const OWNER_ONLY = 0o600;
const EVERYBODY_READS = 0o644;

export const readFile: World["readFile"] = async (path) => {
  try {
    return await read(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
};

export const writeFile: World["writeFile"] = async (path, text, { secret = false, fresh = false } = {}) => {
  const mode = secret ? OWNER_ONLY : EVERYBODY_READS;
  if (fresh) return writeFresh(path, text, mode);
  // In its place at once and with its own mode from the first byte: the file that was there may be open to all.
  const beside = `${path}.${process.pid}.part`;
  try {
    await write(beside, text, { mode, flag: "wx" });
    await chmod(beside, mode);
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
};

async function writeFresh(path: string, text: string, mode: number): Promise<void> {
  try {
    await write(path, text, { mode, flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") throw new FileExists(path);
    throw error;
  }
}
