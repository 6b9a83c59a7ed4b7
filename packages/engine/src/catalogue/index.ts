import { ModelManifest } from "@cooly/contract";
import animator from "./models/demo-animator.json" with { type: "json" };
import painter from "./models/demo-painter.json" with { type: "json" };
import speaker from "./models/demo-speaker.json" with { type: "json" };
import simulated from "./models/simulated.json" with { type: "json" };

/** The models on offer, as data. */
export interface Catalogue {
  list(): readonly ModelManifest[];
  find(id: string): ModelManifest | null;
}

const shipped: readonly unknown[] = [painter, animator, speaker, ...simulated];

export interface Offered {
  readonly providers: ReadonlySet<string>;
  /** Routes, as "provider/upstream_id", that a provider cannot take on this machine. */
  readonly lacking?: ReadonlySet<string>;
}

/** The shipped manifests that have a route whose provider is at hand and can take it. Throws if a manifest is not valid: a mistake of ours. */
export function openCatalogue({ providers, lacking = new Set() }: Offered, manifests: readonly unknown[] = shipped): Catalogue {
  const isAtHand = ({ provider, upstream_id: id }: ModelManifest["routes"][number]): boolean => providers.has(provider) && !lacking.has(`${provider}/${id}`);
  const models = manifests.map((manifest) => ModelManifest.parse(manifest)).filter(({ routes }) => routes.some(isAtHand));
  const byId = new Map(models.map((model) => [model.id, model]));
  return { list: () => models, find: (id) => byId.get(id) ?? null };
}
