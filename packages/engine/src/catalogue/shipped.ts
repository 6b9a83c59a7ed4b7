import { ModelManifest } from "@cooly/contract";
import animator from "./models/demo-animator.json" with { type: "json" };
import painter from "./models/demo-painter.json" with { type: "json" };
import speaker from "./models/demo-speaker.json" with { type: "json" };
import simulated from "./models/simulated.json" with { type: "json" };

/** The manifests that come with this version. Throws if one is not valid: a mistake of ours. */
export const shippedModels: readonly ModelManifest[] = [painter, animator, speaker, ...simulated].map((manifest) => ModelManifest.parse(manifest));
