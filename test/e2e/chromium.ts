/**
 * Chromium from the npm registry. The package carries the few system libraries that the browser needs, and a font, but
 * unpacks them only where it finds itself in a cloud function; here it is told so, in a process and a folder of its own.
 */
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { chromium, type Browser } from "playwright-core";

const root = join(import.meta.dirname, "../..");
const { version } = JSON.parse(readFileSync(join(root, "node_modules/@sparticuz/chromium/package.json"), "utf8")) as { version: string };
const unpackScript = `const { default: chromium } = await import("@sparticuz/chromium"); await chromium.executablePath();`;
const args = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export interface Chromium {
  readonly executable: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** `CHROMIUM=/usr/bin/chromium` uses one that is already there. */
export async function findChromium(given = process.env["CHROMIUM"]): Promise<Chromium> {
  if (given) {
    if (!existsSync(given)) throw new Error(`CHROMIUM names ${given}, where there is no browser.`);
    return { executable: given, environment: {} };
  }
  const folder = join(root, ".tools", `chromium-${version}`);
  if (!existsSync(folder)) await unpack(folder);
  const inside = (name: string): string => join(folder, name);
  return {
    executable: inside("chromium"),
    environment: { LD_LIBRARY_PATH: inside("al2023/lib"), FONTCONFIG_FILE: inside("fonts.conf"), HOME: folder },
  };
}

async function unpack(folder: string): Promise<void> {
  await mkdir(join(root, ".tools"), { recursive: true });
  const aside = await mkdtemp(`${folder}.partial-`);
  try {
    const env = { PATH: process.env["PATH"], TMPDIR: aside, VERCEL: "1" };
    await promisify(execFile)(process.execPath, ["--input-type=module", "-e", unpackScript], { cwd: root, env });
    await writeFile(join(aside, "fonts.conf"), fontsIn(folder));
    // Whoever unpacked it, another user may start it.
    await Promise.all([chmod(aside, 0o755), chmod(join(aside, "chromium"), 0o755)]);
    // Renamed when whole; where another run was faster, its copy is as good.
    await rename(aside, folder).catch((error: unknown) => {
      if (!existsSync(join(folder, "chromium"))) throw error;
    });
  } catch (error) {
    throw new Error(
      `The browser for the tests could not be unpacked from @sparticuz/chromium ${version} into .tools; run npm ci and see that the disk has 300 MB left.`,
      { cause: error },
    );
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

/** The system's fonts, where there are some, know the scripts that the packed one does not. */
const fontsIn = (folder: string): string => `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${join(folder, "fonts")}</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>${join(folder, "fonts-cache")}</cachedir>
</fontconfig>
`;

/** `more`: flags of the browser. */
export async function launchChromium(more: readonly string[] = []): Promise<Browser> {
  const { executable, environment } = await findChromium();
  try {
    return await chromium.launch({ executablePath: executable, args: [...args, ...more], env: { PATH: process.env["PATH"] ?? "", ...environment } });
  } catch (error) {
    throw new Error(`The browser for the tests does not start: ${executable}. Another one can be named by CHROMIUM.`, { cause: error });
  }
}
