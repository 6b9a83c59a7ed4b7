import { chmod, mkdir, readFile as read, writeFile as write } from "node:fs/promises";
import { dirname } from "node:path";
import type { World } from "../command.ts";

export const readFile: World["readFile"] = async (path) => {
  try {
    return await read(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
};

export const writeFile: World["writeFile"] = async (path, text, { mode }) => {
  await mkdir(dirname(path), { recursive: true });
  await write(path, text, { mode });
  await chmod(path, mode);
};
