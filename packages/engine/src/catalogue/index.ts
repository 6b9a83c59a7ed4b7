import { ModelManifest } from "@cooly/contract";
import painter from "./models/demo-painter.json" with { type: "json" };
import simulated from "./models/simulated.json" with { type: "json" };

/** The models on offer, as data. */
export interface Catalogue {
  list(): readonly ModelManifest[];
  find(id: string): ModelManifest | null;
}

const shipped: readonly unknown[] = [painter, ...simulated];

/** The shipped manifests whose every route's provider is at hand. Throws if a manifest is not valid: a mistake of ours. */
export function openCatalogue(providers: ReadonlySet<string>, manifests: readonly unknown[] = shipped): Catalogue {
  const models = manifests.map((manifest) => ModelManifest.parse(manifest)).filter(({ routes }) => routes.some(({ provider }) => providers.has(provider)));
  const byId = new Map(models.map((model) => [model.id, model]));
  return { list: () => models, find: (id) => byId.get(id) ?? null };
}
