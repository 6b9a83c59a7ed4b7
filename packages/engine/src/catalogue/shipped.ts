import { ModelManifest } from "@cooly/contract";
import painter from "./models/demo-painter.json" with { type: "json" };
import fal from "./models/fal.json" with { type: "json" };
import replicate from "./models/replicate.json" with { type: "json" };
import simulated from "./models/simulated.json" with { type: "json" };
import wavespeed from "./models/wavespeed.json" with { type: "json" };

/** The manifests that come with this version. Throws if one is not valid: a mistake of ours. */
export const shippedModels: readonly ModelManifest[] = [painter, ...simulated, ...fal, ...replicate, ...wavespeed].map((manifest) =>
  ModelManifest.parse(manifest),
);
