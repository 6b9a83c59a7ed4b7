import { z } from "zod";
import { command } from "../command.ts";

export const serve = command({
  name: "serve",
  summary: "Run one process with these roles, on the parts that the environment names.",
  example: "cooly serve --roles gen,relay",
  places: [],
  options: z.strictObject({
    roles: z
      .string()
      .optional()
      .meta({ description: "Roles with commas: api, relay, gen, capture, sweeper. Default: all that the environment does not switch off." }),
  }),
  run: ({ roles }, world) => world.server(["serve", ...(roles === undefined ? [] : [`--roles=${roles}`])]),
});
