import { chmod, mkdir, readFile as read, rename, rm, writeFile as write } from "node:fs/promises";
import { dirname } from "node:path";
import { FileExists, type World } from "../command.ts";

export const readFile: World["readFile"] = async (path) => {
  try {
    return await read(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
};

export const removeFile: World["removeFile"] = (path) => rm(path, { force: true });

export const writeFile: World["writeFile"] = async (path, text, { mode, fresh = false }) => {
  await mkdir(dirname(path), { recursive: true });
  if (fresh) return writeFresh(path, text, mode);
  // In its place at once, and with its own mode from the first byte: the file that was there may be open to all.
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
