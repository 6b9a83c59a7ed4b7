/** From a model's parameters to the fields of a vendor's request, as data: an adapter knows its protocol and no model. */
import { z } from "zod";
import { Condition } from "./condition.ts";

/** Where in the request, by names with dots between them: "parameters.aspectRatio". */
export const FieldPath = z.string().regex(/^[A-Za-z][\w-]*(\.[A-Za-z][\w-]*)*$/, { error: "must be names with dots between them" });

export const fileForms = ["data_uri", "base64", "url", "file"] as const;
export type FileForm = (typeof fileForms)[number];

export const FieldRule = z.strictObject({
  to: FieldPath,
  /** Of a "WIDTHxHEIGHT": one side of it, as a number. */
  part: z.enum(["width", "height"]).optional(),
  /** What the vendor calls each value; a value that is not in it is not the vendor's. */
  table: z.record(z.string(), z.json()).optional(),
  /** Of a number: times `by`, plus `add`, within `least` and `most`. */
  scale: z
    .strictObject({ by: z.number(), add: z.number().default(0), least: z.number().optional(), most: z.number().optional(), whole: z.boolean().default(false) })
    .optional(),
  /**
   * Of a file: a `data:` address, its bytes in base64, an address that lives for an hour at least, or the bytes themselves with
   * their type and a name. A list of files becomes a list.
   */
  as: z.enum(["text", "number", "list", ...fileForms]).optional(),
  /** Of a mask: by transparency, for vendors who edit where a mask lets through. Ours are white where to edit. */
  mask: z.literal("alpha").optional(),
  /** Between the sides of a size: WaveSpeed writes 1280*720. */
  size_sign: z.string().max(1).optional(),
});
export type FieldRule = z.infer<typeof FieldRule>;

export const ParamRule = z.union([
  FieldRule,
  /** Sent as several fields: a size as two numbers. */
  z.array(FieldRule).min(1),
  /** Left out, and the answer says so. */
  z.literal("drop"),
  /** The platform's own affair: how many outputs, what file the result is kept as. */
  z.literal("platform"),
]);
export type ParamRule = z.infer<typeof ParamRule>;

export const RequestMap = z.strictObject({
  /** By parameter. One that is not here cannot be honoured on this route: it is refused where it was asked for. */
  params: z.record(z.string(), ParamRule),
  /** Fields that are looked up by several parameters at once. */
  combined: z.array(z.strictObject({ by: z.array(z.string()).min(2), to: FieldPath, table: z.record(z.string(), z.json()) })).default([]),
  /** Sent always, or where it holds; what costs or marks is said, never left to the vendor's default. */
  fixed: z.array(z.strictObject({ to: FieldPath, value: z.json(), when: Condition.optional() })).default([]),
});
export type RequestMap = z.infer<typeof RequestMap>;
