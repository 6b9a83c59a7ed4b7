import { styleText } from "node:util";
import { checkDeployment, isDeployment, type DeployFinding } from "@cooly/topology";
import { z } from "zod";
import { command, type World } from "../command.ts";
import { checkByOfficialSchemas, officialSchemas, type SchemaTexts } from "../official-schemas.ts";

/** Of a repository, what deploys something. */
const KINDS = /\.(ya?ml|json|sh|toml)$|(^|\/)[^/]*\.env[^/]*$|(^|\/)Dockerfile[^/]*$/;

export const deployCheck = command({
  name: "deploy check",
  summary: "Say what is wrong with the files of a deployment: what is open to the world, what cannot be reached, what will be lost. Exit 1 if anything is.",
  example: "cooly deploy check deploy/vps",
  places: ["folder"],
  options: z.strictObject({
    folder: z.string().meta({ description: "The folder with the files; all of it is one installation." }),
    schemas: z.string().optional().meta({
      description:
        "Also by the official schemas: a folder that holds them, or `online` for their own addresses. Default: COOLY_SCHEMAS, else by our rules alone.",
    }),
  }),
  async run({ json, folder, schemas }, world) {
    const files = (await world.readFolder(folder)).filter(({ path }) => KINDS.test(path));
    if (!isDeployment(files)) {
      const message = `${folder} holds no file that deploys anything: no compose file, no blueprint, no vercel.json`;
      if (json) world.print(JSON.stringify({ error: { code: "nothing_to_check", message } }));
      else world.complain(message);
      return 1;
    }
    const { texts, lacking } = await readSchemas(schemas ?? world.setting("COOLY_SCHEMAS"), world);
    const findings = [...checkDeployment(files), ...checkByOfficialSchemas(files, texts)];
    if (json) world.print(JSON.stringify({ findings, files: files.map(({ path }) => path), schemas: Object.keys(texts) }));
    else for (const line of describe(findings, { folder, files: files.length, schemas: Object.keys(texts).length, lacking })) world.print(line);
    return findings.length > 0 ? 1 : 0;
  },
});

async function readSchemas(from: string | undefined, world: World): Promise<{ texts: SchemaTexts; lacking: readonly string[] }> {
  if (from === undefined) return { texts: {}, lacking: [] };
  const read = officialSchemas.map(async ({ name, file, address }) => {
    const text = await (from === "online" ? world.fetchText(address) : world.readFile(`${from}/${file}`)).catch(() => null);
    return [name, text] as const;
  });
  const texts = await Promise.all(read);
  return {
    texts: Object.fromEntries(texts.filter(([, text]) => text !== null)) as SchemaTexts,
    lacking: texts.filter(([, text]) => text === null).map(([name]) => name),
  };
}

interface Looked {
  readonly folder: string;
  readonly files: number;
  readonly schemas: number;
  readonly lacking: readonly string[];
}

function describe(findings: readonly DeployFinding[], { folder, files, schemas, lacking }: Looked): readonly string[] {
  const byFile = Map.groupBy(findings, ({ file }) => file);
  const lines = [...byFile].flatMap(([file, some]) => ["", styleText("bold", `${folder}/${file}`), ...some.flatMap(explain)]);
  const how = schemas === 0 ? "by our rules alone" : `by our rules and ${schemas} official schemas`;
  const count =
    findings.length === 0 ? styleText("green", "nothing is wrong") : styleText("red", `${findings.length} finding${findings.length === 1 ? "" : "s"}`);
  return [
    ...lines.slice(1),
    ...(lines.length > 0 ? [""] : []),
    ...(lacking.length > 0 ? [`could not be read: the schema${lacking.length === 1 ? "" : "s"} of ${lacking.join(", ")}`] : []),
    `${files} files, ${how}: ${count}.`,
  ];
}

const explain = ({ says, cause, fix }: DeployFinding): readonly string[] => [
  `  ${styleText("red", "no")}  ${says}`,
  ...[`cause  ${cause}`, `fix    ${fix}`].map((line) => styleText("dim", `      ${line}`)),
];
