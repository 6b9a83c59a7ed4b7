import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import type { World } from "../command.ts";

const LARGE_BYTES = 2_000_000;
const FETCH_MS = 20_000;
const STRANGE = new Set(["node_modules", ".git"]);

export const readFolder: World["readFolder"] = async (folder) => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"));
  const wanted = paths.filter((path) => !path.split("/").some((part) => STRANGE.has(part))).toSorted();
  const read = wanted.map(async (path) =>
    (await stat(join(folder, path))).size > LARGE_BYTES ? null : { path, text: await readFile(join(folder, path), "utf8") },
  );
  return (await Promise.all(read)).filter((file) => file !== null);
};

export const fetchText: World["fetchText"] = async (address) => {
  const reply = await fetch(address, { signal: AbortSignal.timeout(FETCH_MS) });
  if (!reply.ok) throw new Error(`${address} answered ${reply.status}`);
  return reply.text();
};
