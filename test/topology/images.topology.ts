/** standin: what is in the images, and what is not. */
import { describe, expect, inject, test } from "vitest";
import { engineAt } from "./docker.ts";
import { FRONTEND, SERVER } from "./images.ts";

interface Image {
  readonly Size: number;
  readonly Config: {
    readonly User: string;
    readonly StopSignal: string;
    readonly Env: readonly string[];
    readonly Healthcheck: { readonly Test: readonly string[] };
  };
}

const MB = 1_000_000;
const { docker, tried } = engineAt(inject("builder"));

describe.each([
  { image: SERVER.now, most: 250 },
  { image: FRONTEND.now, most: 250 },
])("standin: $image", ({ image, most }) => {
  test("is small, runs as nobody's root, asks for its own health and names what is in it", async () => {
    const [{ Size, Config }] = JSON.parse(await docker("image", "inspect", image)) as [Image];
    console.log(`${image}: ${Math.round(Size / MB)} MB`);
    expect(Size / MB).toBeLessThan(most);
    expect(Config.User).toBe("10001:10001");
    expect(Config.StopSignal).toBe("SIGTERM");
    expect(Config.Healthcheck.Test.slice(0, 2)).toEqual(["CMD", "node"]);
    expect(Config.Env.filter((one) => /(SECRET|PASSWORD|TOKEN|URL)=/.test(one))).toEqual([]);
    const sbom = JSON.parse(await docker("run", "--rm", image, "cat", "/app/sbom.spdx.json")) as { packages: { name: string; versionInfo: string }[] };
    expect(sbom.packages.map(({ name }) => name)).toEqual(expect.arrayContaining(["node", "libc6", "zod"]));
  });

  test("holds nothing that builds or installs, nothing with another's rights, no source of tests and no history", async () => {
    for (const program of ["npm", "npx", "apt-get", "dpkg", "perl", "gcc", "make", "git", "curl"]) {
      const { code } = await tried("run", "--rm", image, "sh", "-c", `command -v ${program}`);
      expect(code, program).not.toBe(0);
    }
    const strange = "find / -xdev \\( -perm /6000 -type f -o -name '*.test.ts' -o -name '.git' -o -name '.env*' \\) 2>/dev/null";
    expect(await docker("run", "--rm", image, "sh", "-c", `${strange}; true`)).toBe("");
    expect(await docker("run", "--rm", image, "sh", "-c", "find / -xdev -not -path '/proc/*' -not -path '/sys/*' -writable -type d 2>/dev/null; true")).toMatch(
      /^(\/(tmp|var\/tmp|var\/lib\/cooly|dev.*|run.*)\n?)*$/,
    );
  });
});

describe("standin: the server's image", () => {
  test("runs with a file system that cannot be written, and says what it lacks", async () => {
    expect(await docker("run", "--rm", "--read-only", "--cap-drop", "ALL", SERVER.now, "cooly", "version")).toMatch(/^cooly \d/);
    const { code, stderr } = await tried("run", "--rm", "--read-only", SERVER.now);
    expect(code).toBe(78);
    expect(stderr).toContain("DATABASE_URL is required");
  });
});
