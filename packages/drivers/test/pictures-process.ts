/** Examines many pictures at once, in a process of its own; says how much memory that took. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { createSharpPictures } from "@cooly/drivers/media/sharp/pictures";
import { drawn } from "./crafted-pictures.ts";

const [folder, uploads] = process.argv.slice(2) as [string, string];
const pictures = createSharpPictures();
const mostBytes = (): number => process.resourceUsage().maxRSS * 1024;

// Whatever is loaded when it is first used is loaded now.
await pictures.examine(await drawn(64, 64).jpeg().toBuffer(), join(folder, "warm-up"));
const given = (await readdir(folder)).filter((name) => name.startsWith("given-"));
const before = mostBytes();
const copies = await Promise.all(
  Array.from({ length: Number(uploads) }, (_, number) =>
    pictures.examine({ path: join(folder, given[number % given.length]!) }, join(folder, `copy-${number}`)),
  ),
);
process.stdout.write(JSON.stringify({ grownBytes: mostBytes() - before, pixels: copies.map(({ width, height }) => width * height) }));
