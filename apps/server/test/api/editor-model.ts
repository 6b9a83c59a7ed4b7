import { ModelManifest } from "@cooly/contract";

const ui = (label: string, control: string, order: number) => ({ label, group: "main", control, order });

/** A model that takes every kind of file. */
export const editor: ModelManifest = ModelManifest.parse({
  id: "test/editor",
  version: 1,
  name: "Editor",
  kind: "image",
  description: "Takes files.",
  outputs: { max: 1, default: 1 },
  params: {
    type: "object",
    additionalProperties: false,
    required: ["prompt"],
    properties: {
      prompt: { type: "string", maxLength: 2000, "x-ui": { label: "Prompt", group: "prompt", control: "prompt", order: 0 } },
      image: { type: "object", "x-ui": ui("Picture", "image", 1) },
      mask: { type: "object", "x-ui": ui("Mask", "mask", 2) },
      references: { type: "array", items: { type: "object" }, maxItems: 3, "x-ui": ui("References", "image-list", 3) },
      start_frame: { type: "object", "x-ui": ui("Start", "frame", 4) },
      voice: { type: "object", "x-ui": ui("Voice", "audio", 5) },
    },
  },
  price: { kind: "per_output", credits: 1 },
  lifecycle: { status: "active", retire_at: null, replacement: null },
  deadline_seconds: 60,
  routes: [{ provider: "demo", upstream_id: "editor" }],
});

export const editing = (input: object, members: object = {}): object => ({ model: "test/editor", input: { prompt: "a boat", ...input }, ...members });
