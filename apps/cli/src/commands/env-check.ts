import { styleText } from "node:util";
import { checkEnvironment, type EnvironmentFinding } from "@cooly/topology";
import { z } from "zod";
import { command } from "../command.ts";
import { chosen, options, readEnvironment, readNamedFiles, topology } from "./env-options.ts";

export const envCheck = command({
  name: "env check",
  summary: "Look through a file of variables: what is missing, wrong, an example, weak, or contradicts. Exit 1 if something fails.",
  example: "cooly env check .env.prod --topology vps",
  places: ["file"],
  options: z.strictObject({
    file: z.string().meta({ description: "The file." }),
    topology: topology("The topology that it is for."),
    objectStore: options.objectStore,
    network: options.network,
  }),
  async run({ json, file, topology: name, objectStore, network }, world) {
    const read = await readEnvironment(world, file);
    const readFile = await readNamedFiles(world, read.values);
    const findings = checkEnvironment(read, { topology: name, readFile, ...chosen({ objectStore, network }) });
    const failures = findings.filter(({ level }) => level === "failure").length;
    if (json) world.print(JSON.stringify({ verdict: failures === 0 ? "yes" : "no", findings }));
    else for (const line of describe(findings, failures)) world.print(line);
    return failures === 0 ? 0 : 1;
  },
});

function describe(findings: readonly EnvironmentFinding[], failures: number): string[] {
  const warnings = findings.length - failures;
  const count = (number: number, word: string): string => `${number} ${word}${number === 1 ? "" : "s"}`;
  const end =
    failures === 0
      ? styleText("green", `In order${warnings === 0 ? "" : `, with ${count(warnings, "warning")}`}.`)
      : styleText("red", `Not in order: ${count(failures, "failure")}, ${count(warnings, "warning")}.`);
  return [...findings.flatMap(explain), ...(findings.length > 0 ? [""] : []), end];
}

function explain({ level, says, fix }: EnvironmentFinding): string[] {
  const mark = level === "failure" ? styleText("red", "FAIL") : styleText("yellow", "warn");
  return [`${mark}  ${says}`, ...(fix ? [styleText("dim", `      fix  ${fix}`)] : [])];
}
