/** Options of the planner that are more than a word or a whole number. */
import { kinds, needs, type Kind, type Need, type TrafficInput } from "@cooly/topology/plan";
import { z } from "zod";

export type PartialTraffic = Partial<TrafficInput>;

export function decimal(description: string, { min = 0, max }: { min?: number; max: number }) {
  const error = `must be a number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,9}(\.\d{1,6})?$/, { error })
    .transform(Number)
    .pipe(z.number().min(min, { error }).max(max, { error }))
    .meta({ description });
}

const PAIR = /^(\w+)=(\d{1,7}(?:\.\d{1,6})?)$/;

export const perKind = (description: string) =>
  z
    .string()
    .transform((text, context): Partial<Record<Kind, number>> => {
      const pairs = text.split(",").map((part) => PAIR.exec(part.trim()));
      if (pairs.every((pair) => pair !== null && (kinds as readonly string[]).includes(pair[1]!)))
        return Object.fromEntries(pairs.map((pair) => [pair![1]!, Number(pair![2])]));
      context.addIssue({ code: "custom", message: "must be pairs of image, video or audio, such as image=80,video=20" });
      return z.NEVER;
    })
    .meta({ description });

const all = Object.keys(needs) as readonly Need[];

export const someNeeds = z
  .string()
  .transform((text, context): Need[] => {
    const words = text
      .split(",")
      .map((word) => word.trim())
      .filter(Boolean);
    if (words.every((word) => (all as readonly string[]).includes(word))) return words as Need[];
    context.addIssue({ code: "custom", message: `must be some of ${all.join(", ")}, with commas` });
    return z.NEVER;
  })
  .meta({ description: `What you insist on, with commas: ${all.join(", ")}.` });
