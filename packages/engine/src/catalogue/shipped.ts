import { ModelManifest } from "@cooly/contract";
import webui from "./models/a1111.json" with { type: "json" };
import byteplus from "./models/byteplus.json" with { type: "json" };
import comfyui from "./models/comfyui.json" with { type: "json" };
import animator from "./models/demo-animator.json" with { type: "json" };
import painter from "./models/demo-painter.json" with { type: "json" };
import speaker from "./models/demo-speaker.json" with { type: "json" };
import fal from "./models/fal.json" with { type: "json" };
import gemini from "./models/gemini.json" with { type: "json" };
import local from "./models/local.json" with { type: "json" };
import openai from "./models/openai.json" with { type: "json" };
import replicate from "./models/replicate.json" with { type: "json" };
import simulated from "./models/simulated.json" with { type: "json" };
import wavespeed from "./models/wavespeed.json" with { type: "json" };

const demo = [painter, animator, speaker];
const bought = [...byteplus, ...gemini, ...openai, ...fal, ...replicate, ...wavespeed];
const own = [...local, ...comfyui, ...webui];

/** The manifests that come with this version. Throws if one is not valid: a mistake of ours. */
export const shippedModels: readonly ModelManifest[] = [...demo, ...bought, ...own, ...simulated].map((manifest) => ModelManifest.parse(manifest));
