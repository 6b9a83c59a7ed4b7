import { z } from "zod";
import { command, report } from "../command.ts";

export const queueRedrive = command({
  name: "queue redrive",
  summary: "Put the messages that the queue has set aside, because no worker could handle them, back into it.",
  example: "cooly queue redrive",
  places: [],
  options: z.strictObject({}),
  async run({ json }, world) {
    const answer = await world.task("queue-redrive", {});
    return report(world, answer, { json, words: () => [`${String(answer["redriven"])} messages are back in the queue`] });
  },
});

export const queueSetup = command({
  name: "queue setup",
  summary: "Make the two queues of AWS SQS, and print their variables and the IAM policy that Cooly needs. Again: finds the same ones.",
  example: "cooly queue setup --name cooly",
  places: [],
  options: z.strictObject({
    name: z
      .string()
      .regex(/^[\w-]{1,76}$/, { error: "must have 1 to 76 letters, digits, _ and -" })
      .optional()
      .meta({ description: "The queue's name. Default: that in SQS_MAIN_QUEUE_URL, else cooly." }),
  }),
  async run({ json, ...options }, world) {
    const answer = await world.task("queue-setup", options);
    const { environment, policy, note } = answer as { environment?: Readonly<Record<string, string>>; policy?: object; note?: string };
    const words = (): string[] =>
      environment
        ? [
            ...Object.entries(environment).map(([name, value]) => `${name}=${value}`),
            "",
            "The policy of the user or role that Cooly has there:",
            JSON.stringify(policy, null, 2),
          ]
        : [note ?? ""];
    return report(world, answer, { json, words });
  },
});
