/** Option types with sentences that people understand. */
import { z } from "zod";

export const email = (description: string) => z.email({ error: "must be an address, for example ada@example.com" }).meta({ description });

/** Digits only: a number in another notation is more likely a mistake. */
export const wholeNumber = (description: string, { min, max }: { min: number; max: number }) => {
  const error = `must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,15}$/, { error })
    .transform(Number)
    .pipe(z.number().min(min, { error }).max(max, { error }))
    .meta({ description });
};
