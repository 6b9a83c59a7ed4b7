/** A model as data. Parameters are JSON Schema 2020-12 with `x-ui` hints, so one description makes the form and the check. */
import { z } from "zod";
import { PriceRule } from "./price.ts";
import { Route } from "./route.ts";

export const mediaKinds = ["image", "video", "audio"] as const;
export type MediaKind = (typeof mediaKinds)[number];

/** What the studio needs to draw one parameter. */
export const UiHint = z.strictObject({
  label: z.string(),
  /** `main` is on the prompt bar or the first page of the form; `advanced` is folded away. */
  group: z.enum(["prompt", "main", "advanced"]),
  control: z.enum(["prompt", "select", "size", "seed", "number", "slider", "toggle", "text", "image", "image-list", "frame", "mask", "audio"]),
  order: z.int(),
  help: z.string().optional(),
  /** Of a mask: the parameter with the picture that it is for. Default: the first one that is a picture. */
  mask_of: z.string().optional(),
  /** Labels of enum values, by value. */
  labels: z.record(z.string(), z.string()).optional(),
});
export type UiHint = z.infer<typeof UiHint>;

export const modes = [
  "text_to_image",
  "image_to_image",
  "inpaint",
  "text_to_video",
  "image_to_video",
  "frames_to_video",
  "reference_to_video",
  "speech",
] as const;
export type Mode = (typeof modes)[number];

export const ModelManifest = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]+\/[a-z0-9.-]+$/),
  version: z.int().min(1),
  name: z.string(),
  kind: z.enum(mediaKinds),
  modes: z.array(z.enum(modes)).min(1).optional(),
  description: z.string(),
  /** A short word for what it is: shown beside the name so that nobody takes a demo for more. */
  label: z.string().optional(),
  outputs: z.strictObject({ max: z.int().min(1), default: z.int().min(1) }),
  /** JSON Schema 2020-12 of `input`; closed (`additionalProperties: false`). */
  params: z.record(z.string(), z.json()),
  price: PriceRule,
  lifecycle: z.strictObject({
    /** `deprecated` can still be run; `retired` cannot. */
    status: z.enum(["preview", "active", "deprecated", "retired"]),
    /** The day on which its vendors turn it off. */
    retire_at: z.iso.date().nullable(),
    replacement: z.string().nullable(),
  }),
  /** What the vendor puts into every output: a C2PA signature, a mark that nobody sees, one that everybody does. */
  provenance: z.strictObject({ c2pa: z.boolean(), invisible_mark: z.boolean(), visible_mark: z.boolean() }).optional(),
  license: z.string().optional(),
  /** The vendor's page of it. */
  docs: z.url().optional(),
  /** How long one attempt may take, from claim to verdict. */
  deadline_seconds: z.int().min(1),
  routes: z.array(Route).min(1),
});
export type ModelManifest = z.infer<typeof ModelManifest>;
