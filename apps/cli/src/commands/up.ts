import { z } from "zod";
import { command } from "../command.ts";

export const up = command({
  name: "up",
  summary: "Start everything on this machine: database, API, studio and workers. What `npm start` runs.",
  example: "cooly up",
  places: [],
  options: z.strictObject({}),
  run: (_options, world) => world.server(["up"]),
});
