import { z } from "zod";
import manifest from "../../package.json" with { type: "json" };
import { command } from "../command.ts";

export const version = command({
  name: "version",
  summary: "Which version this is.",
  example: "cooly version",
  places: [],
  options: z.strictObject({}),
  async run({ json }, world) {
    world.print(json ? JSON.stringify({ version: manifest.version }) : `cooly ${manifest.version}`);
    return 0;
  },
});
