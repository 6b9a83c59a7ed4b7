import { z } from "zod";
import { command, report } from "../command.ts";
import { email } from "../options.ts";

interface Person {
  readonly email: string;
  readonly admin: boolean;
  readonly created: boolean;
  readonly password?: string;
}

export const seed = command({
  name: "seed",
  summary: "Make the first admin and a demo user. Again: finds the same ones.",
  example: "cooly seed --email you@example.com",
  places: [],
  options: z.strictObject({
    email: email("").optional().meta({ description: "The admin's address. Default: admin@cooly.local." }),
  }),
  async run({ json, ...options }, world) {
    const answer = await world.task("seed", options);
    const people = (answer["people"] ?? []) as Person[];
    return report(world, answer, { json, words: () => people.map(describe) });
  },
});

const describe = ({ email: address, admin, created, password }: Person): string =>
  `${admin ? "admin" : "demo "}  ${address}${created ? `   password ${password ?? ""}   (shown this once)` : " was here before"}`;
