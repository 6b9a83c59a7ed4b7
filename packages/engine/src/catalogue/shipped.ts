import { ModelManifest } from "@cooly/contract";
import byteplus from "./models/byteplus.json" with { type: "json" };
import painter from "./models/demo-painter.json" with { type: "json" };
import local from "./models/local.json" with { type: "json" };
import openai from "./models/openai.json" with { type: "json" };
import simulated from "./models/simulated.json" with { type: "json" };

/** The manifests that come with this version. Throws if one is not valid: a mistake of ours. */
export const shippedModels: readonly ModelManifest[] = [painter, ...byteplus, ...openai, ...local, ...simulated].map((manifest) =>
  ModelManifest.parse(manifest),
);
