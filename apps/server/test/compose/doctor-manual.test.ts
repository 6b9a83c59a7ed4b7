import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "../../../..");
/** Where findings are made. */
const sources = ["apps/server/src/compose/doctor", "packages/drivers/src"].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => /(^|\/)examine[a-z-]*\.ts$|^provider\/.+\.ts$/.test(name) || (folder.endsWith("doctor") && name.endsWith(".ts")))
    .map((name) => readFileSync(join(root, folder, name), "utf8")),
);

/** What storage answers a failed call with has a word of its own. */
const words = [...readFileSync(join(root, "packages/drivers/src/store/s3/explain.ts"), "utf8").matchAll(/word: "([a-z_]+)"/g)].map(
  ([, word]) => `storage ${word!.replaceAll("_", " ")}`,
);

test("the manual has a chapter for every finding, and none that nobody finds", () => {
  const found = new Set([
    ...words,
    ...sources.flatMap((text) =>
      [...text.matchAll(/"((?:configuration|database|queue|cache|storage|disk|media|provider|public)\.[a-z_]+)"/g)].map(([, code]) =>
        code!.replaceAll(/[._]/g, " "),
      ),
    ),
  ]);
  const manual = readFileSync(join(root, "docs/operate/doctor.md"), "utf8");
  const chapters = [...manual.matchAll(/^### (.+)$/gm)].map(([, title]) => title!);
  expect(chapters.toSorted()).toEqual([...found].toSorted());
});
