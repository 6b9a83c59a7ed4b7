/** By the schemas of those who read the files: from COOLY_SCHEMAS, else the folder beside the project, else their own addresses. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { checkDeployment, renderTopology, type DeployFile } from "@cooly/topology";
import { beforeAll, describe, expect, test } from "vitest";
import { variants } from "../../tools/pages/deploy.ts";
import { checkByOfficialSchemas, officialSchemas, type SchemaName, type SchemaTexts } from "../../apps/cli/src/official-schemas.ts";

const root = join(import.meta.dirname, "../..");
const folder = process.env["COOLY_SCHEMAS"] ?? join(root, "../shared/schemas");
const FETCH_MS = 10_000;

let texts: SchemaTexts;

async function read({ name, file, address }: (typeof officialSchemas)[number]): Promise<readonly [SchemaName, string | null]> {
  const copy = join(folder, file);
  if (existsSync(copy)) return [name, readFileSync(copy, "utf8")];
  const text = await fetch(address, { signal: AbortSignal.timeout(FETCH_MS) }).then(
    (reply) => (reply.ok ? reply.text() : null),
    () => null,
  );
  return [name, text];
}

beforeAll(async () => {
  const found = await Promise.all(officialSchemas.map(read));
  texts = Object.fromEntries(found.filter(([, text]) => text !== null)) as SchemaTexts;
  const lacking = found.filter(([, text]) => text === null).map(([name]) => name);
  if (lacking.length > 0)
    process.stderr.write(
      `The official schemas of ${lacking.join(", ")} are neither in ${folder} (COOLY_SCHEMAS) nor could they be fetched: files of theirs are checked by our own rules alone.\n`,
    );
}, 60_000);

describe("every rendered file is what its reader takes", () => {
  test.each(Object.entries(variants))("%s", (_name, [kind, options]) => {
    const files = renderTopology(kind, options);
    expect(checkByOfficialSchemas(files, texts)).toEqual([]);
    expect(checkDeployment(files)).toEqual([]);
  });
});

const planted: Readonly<Record<SchemaName, DeployFile>> = {
  compose: { path: "docker-compose.yml", text: "services:\n  api:\n    image: x:1\n    helthcheck: {}\n" },
  "compose (newer)": { path: "docker-compose.yml", text: "services:\n  api:\n    image: x:1\n    helthcheck: {}\n" },
  render: { path: "render.yaml", text: "services:\n  - type: keyvalue\n    name: cache\n" },
  vercel: { path: "vercel.json", text: '{"rootDirectory":"apps/frontend"}' },
  "github workflow": { path: "github-workflow.yml", text: "name: x\non: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    stepps: []\n" },
  traefik: { path: "traefik/routes.yml", text: "http:\n  routers:\n    a:\n      rulle: x\n" },
};

test.each(Object.entries(planted))("what %s would refuse is found, where its schema could be read", (name, file) => {
  const schema = name as SchemaName;
  const found = checkByOfficialSchemas([file], { [schema]: texts[schema] } as SchemaTexts);
  expect(found.length > 0).toBe(texts[schema] !== undefined);
});
