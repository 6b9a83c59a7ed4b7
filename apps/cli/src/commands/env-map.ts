import { mapEnvironment, renderEnvironmentFile, type MapRow } from "@cooly/topology";
import { z } from "zod";
import { command, report } from "../command.ts";
import { writeSecrets } from "./env-init.ts";
import { chosen, force, options, readEnvironment, titleOf, topology } from "./env-options.ts";

export const envMap = command({
  name: "env map",
  summary: "Write another topology's file of variables from the one there is, or from that of the application before, with a table of what became of each.",
  example: "cooly env map --from managed --to vps old.env --out .env.prod --domain studio.example.com",
  places: ["file"],
  options: z.strictObject({
    file: z.string().meta({ description: "The file there is." }),
    from: topology("The topology that it is of."),
    to: topology("The topology to write."),
    out: z.string().optional().meta({ description: "The file to write. Without it: the table alone." }),
    ...options,
    force,
  }),
  async run({ json, file, from, to, out, force: over, ...wish }, world) {
    const { values: old } = await readEnvironment(world, file);
    const mapped = mapEnvironment({ from, to, old, chance: world.chance, ...chosen(wish) });
    if (out !== undefined) {
      const text = renderEnvironmentFile(mapped.settings, mapped.values, { title: titleOf(to), carried: mapped.carried });
      const taken = await writeSecrets(world, out, { text, over });
      if (taken) return report(world, taken, { json, words: () => [] });
    }
    return report(
      world,
      { ok: true, ...(out === undefined ? {} : { file: out }), rows: mapped.rows },
      { json, words: () => describe(mapped.rows, { out, to }) },
    );
  },
});

const ORDER: readonly MapRow["action"][] = ["kept", "renamed", "generated", "must change", "to fill in", "not needed", "not known"];

function describe(rows: readonly MapRow[], { out, to }: { out: string | undefined; to: string }): string[] {
  const shown = (row: MapRow): string => (row.to === undefined ? row.name : `${row.name} -> ${row.to}`);
  const width = Math.max(0, ...rows.map((row) => shown(row).length));
  const groups = ORDER.flatMap((action) => {
    const some = rows.filter((row) => row.action === action);
    return some.length === 0 ? [] : [action, ...some.map((row) => `  ${shown(row).padEnd(width)}  ${row.why}`.trimEnd())];
  });
  const end =
    out === undefined ? "nothing was written; --out FILE writes it" : `wrote ${out}, which only you may read; then: cooly env check ${out} --topology ${to}`;
  return [...groups, "", end];
}
