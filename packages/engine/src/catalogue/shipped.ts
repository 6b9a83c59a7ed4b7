import { ModelManifest } from "@cooly/contract";
import painter from "./models/demo-painter.json" with { type: "json" };
import webui from "./models/a1111.json" with { type: "json" };
import comfyui from "./models/comfyui.json" with { type: "json" };
import gemini from "./models/gemini.json" with { type: "json" };
import simulated from "./models/simulated.json" with { type: "json" };

/** The manifests that come with this version. Throws if one is not valid: a mistake of ours. */
export const shippedModels: readonly ModelManifest[] = [painter, ...gemini, ...comfyui, ...webui, ...simulated].map((manifest) =>
  ModelManifest.parse(manifest),
);
