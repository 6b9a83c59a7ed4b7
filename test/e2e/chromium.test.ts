import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { findChromium } from "./chromium.ts";

/** What every Linux that runs Node has. */
const ALWAYS_THERE = /^(linux-vdso|ld-linux-[\w-]+|lib(c|m|dl|pthread|rt|gcc_s|stdc\+\+))\.so\.\d+$/;

test.runIf(process.platform === "linux")("the browser asks the system for nothing but its C library", async () => {
  const { executable, environment } = await findChromium("");
  const folder = dirname(executable);
  const libraries = readdirSync(join(folder, "al2023/lib")).filter((name) => /\.so(\.\d+)?$/.test(name));
  // The certificate store, which the browser opens only for https, would like SQLite.
  const files = [executable, ...libraries.filter((name) => name !== "libsoftokn3.so").map((name) => join(folder, "al2023/lib", name))];
  expect(libraries).toContain("libnss3.so");
  const foreign = files.flatMap((file) => neededBy(file, environment)).filter(({ name, path }) => !ALWAYS_THERE.test(name) && !path.startsWith(folder));
  expect(foreign).toEqual([]);
});

function neededBy(file: string, environment: Readonly<Record<string, string>>): { name: string; path: string }[] {
  const said = execFileSync("ldd", [file], { encoding: "utf8", env: { PATH: process.env["PATH"], ...environment } });
  return [...said.matchAll(/^\s*(\S+?)(?: => (.*?))?(?: \(0x.*\))?$/gm)].map(([, name = "", path = ""]) => ({ name: name.split("/").at(-1)!, path }));
}

test("a browser that is not there fails with a sentence", async () => {
  await expect(findChromium("/nowhere/chromium")).rejects.toThrow("CHROMIUM names /nowhere/chromium, where there is no browser.");
});
