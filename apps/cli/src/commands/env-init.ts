import { environmentOf, fillIn, renderEnvironmentFile, type Setting } from "@cooly/topology";
import { z } from "zod";
import { command, FileExists, report, type World } from "../command.ts";
import { chosen, force, options, showSecrets, titleOf, topology } from "./env-options.ts";

export const envInit = command({
  name: "env init",
  summary: "Write a topology's file of variables: every secret is made, and what only you know is an empty line below the question.",
  example: "cooly env init vps --domain studio.example.com --out .env.prod",
  places: ["topology"],
  options: z.strictObject({
    topology: topology("Where it is to run: embedded, local, managed, vps or hybrid."),
    out: z.string().meta({ description: "The file to write; only its owner may read it." }),
    ...options,
    force,
    showSecrets,
  }),
  async run({ json, topology: name, out, force: over, showSecrets: show, ...wish }, world) {
    const settings = environmentOf(name, chosen(wish));
    const values = fillIn(settings, world.chance);
    const text = renderEnvironmentFile(settings, values, { title: titleOf(name) });
    const taken = await writeSecrets(world, out, { text, over });
    if (taken) return report(world, taken, { json, words: () => [] });
    const open = settings.filter(({ from, name: setting }) => (from === "asked" || from === "derived") && !values.has(setting));
    const made = settings.filter(({ from }) => from === "generated");
    const answer = {
      ok: true,
      file: out,
      made: made.map((setting) => setting.name),
      asked: open.map((setting) => ({ name: setting.name, asks: setting.asks ?? `follows from ${setting.derive?.of.join(", ")}` })),
      ...(show ? { secrets: Object.fromEntries(made.map((setting) => [setting.name, values.get(setting.name)])) } : {}),
    };
    return report(world, answer, { json, words: () => describe({ out, made, open, name }, show ? values : null) });
  },
});

interface Written {
  readonly out: string;
  readonly name: string;
  readonly made: readonly Setting[];
  readonly open: readonly Setting[];
}

function describe({ out, name, made, open }: Written, secrets: ReadonlyMap<string, string> | null): string[] {
  const shown = secrets ? made.map((setting) => `  ${setting.name}=${secrets.get(setting.name)}`) : [`  ${made.map((setting) => setting.name).join(", ")}`];
  const width = Math.max(...open.map((setting) => setting.name.length), 0);
  return [
    `wrote ${out}, which only you may read`,
    `made by chance${secrets ? "" : ", and not shown"}:`,
    ...shown,
    ...(open.length === 0 ? [] : ["you fill in:"]),
    ...open.map((setting) => `  ${setting.name.padEnd(width)}  ${setting.asks ?? `follows from ${setting.derive?.of.join(", ")}`}`),
    `then: cooly env check ${out} --topology ${name}`,
  ];
}

const OWNER_ONLY = 0o600;

/** An answer of no where there is such a file and nobody said to write over it. */
export async function writeSecrets(world: World, path: string, { text, over }: { text: string; over: boolean }) {
  try {
    await world.writeFile(path, text, { mode: OWNER_ONLY, fresh: !over });
    return null;
  } catch (error) {
    if (!(error instanceof FileExists)) throw error;
    return { ok: false, code: "exists", message: `${path} is there already, and may hold the only copy of its secrets; --force writes over it` };
  }
}
