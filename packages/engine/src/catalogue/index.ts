import { ModelManifest, usualTerms, withTerms, type Route, type Terms } from "@cooly/contract";
import type { Database, Doorbell } from "../db/index.ts";
import type { Log } from "../ports/index.ts";
import { noCircuits, type Circuits } from "../routing/index.ts";
import { chooseRoute, type Chosen } from "./choose-route.ts";
import { isOver } from "./lifecycle.ts";
import { shippedModels } from "./shipped.ts";
import { readChoices, readVersion, recordShipped, type Choice } from "./versions.ts";

export * from "./check-manifest.ts";
export * from "./choose-route.ts";
export * from "./input-file.ts";
export * from "./lifecycle.ts";
export * from "./map-request.ts";
export * from "./shipped.ts";
export * from "./versions.ts";

/** The models on offer, as data. */
export interface Catalogue {
  /** Those that can be asked for: enabled, not yet over, and with a route whose provider is at hand. */
  list(): readonly ModelManifest[];
  find(id: string): ModelManifest | null;
  /** One that was on offer here and is over; null: there is no such. */
  ended(id: string): ModelManifest | null;
  /** Which of its routes is asked first for this. */
  choose(model: ModelManifest, input: Readonly<Record<string, unknown>>): Chosen;
}

export interface WholeCatalogue extends Catalogue {
  /** All there are, with what keeps one from being on offer. */
  listAll(): readonly Entry[];
  /** What something was made with, whatever is on offer today. */
  version(id: string, version: number): Promise<ModelManifest | null>;
}

export interface Entry {
  readonly manifest: ModelManifest;
  readonly source: "shipped" | "operator";
  /** `null`: on offer. */
  readonly hidden: "disabled" | "retired" | "no_provider" | null;
}

type Listed = Omit<Entry, "hidden">;

export interface LiveCatalogue extends WholeCatalogue {
  /** Reads what operators decided. */
  refresh(): Promise<void>;
  /** Reads it now, and whenever it changes. Returns what ends that. */
  follow(doorbell: Pick<Doorbell, "onRing">): Promise<() => void>;
}

export interface CatalogueOptions {
  readonly providers: ReadonlySet<string>;
  /** Routes, as "provider/upstream_id", that a provider cannot take on this machine. */
  readonly lacking?: ReadonlySet<string>;
  readonly terms?: Terms;
  readonly shipped?: readonly ModelManifest[];
  readonly now?: () => Date;
  /** Default: every route serves. */
  readonly circuits?: Circuits;
}

/** The shipped ones alone. */
export const openCatalogue = (options: CatalogueOptions): WholeCatalogue => createCatalogue(options, { load: async () => [], read: async () => null });

/** With what operators added and decided, by the database. */
export function openLiveCatalogue(options: CatalogueOptions & { readonly db: Database; readonly log: Log }): LiveCatalogue {
  const { db, log, shipped = shippedModels } = options;
  let recorded = false;
  const catalogue = createCatalogue(options, {
    load: async () => {
      if (!recorded) await recordShipped(db, shipped);
      recorded = true;
      return readChoices(db);
    },
    read: (id, version) => readVersion(db, id, version),
    log,
  });
  return {
    ...catalogue,
    async follow(doorbell) {
      await catalogue.refresh();
      const again = (): void => void catalogue.refresh().catch((error: unknown) => log.warn("catalogue.refresh_failed", { error }));
      const timer = setInterval(again, REFRESH_MS).unref();
      const end = doorbell.onRing("models", again);
      return () => {
        clearInterval(timer);
        end();
      };
    },
  };
}

/** Where no ring is heard, a change is seen after so long. */
const REFRESH_MS = 30_000;

interface Source {
  load(): Promise<readonly Choice[]>;
  read(id: string, version: number): Promise<unknown>;
  readonly log?: Log;
}

function createCatalogue(options: CatalogueOptions, { load, read, log }: Source): WholeCatalogue & { refresh(): Promise<void> } {
  const { providers, lacking = new Set(), terms = usualTerms, shipped = shippedModels, now = () => new Date(), circuits = noCircuits } = options;
  const priced = (manifest: ModelManifest): ModelManifest => ({ ...manifest, price: withTerms(manifest.price, terms) });
  // One object for each version, for as long as this process lives: others keep what they made of it by the object.
  const known = new Map<string, ModelManifest>();
  const ours = shipped.map((manifest): Listed => ({ manifest: priced(manifest), source: "shipped" }));
  let all = new Map(ours.map((listed) => [listed.manifest.id, listed]));
  let disabled: ReadonlySet<string> = new Set();

  const isAtHand = ({ provider, upstream_id: id }: Route): boolean => providers.has(provider) && !lacking.has(`${provider}/${id}`);
  const hiddenBy = ({ id, lifecycle, routes }: ModelManifest): Entry["hidden"] => {
    if (disabled.has(id)) return "disabled";
    if (isOver(lifecycle, now())) return "retired";
    return routes.some((route) => route.enabled !== false && isAtHand(route)) ? null : "no_provider";
  };
  const parsed = (manifest: unknown, id: string): ModelManifest | null => {
    const name = `${id} ${(manifest as { version?: number }).version}`;
    const before = known.get(name);
    if (before) return before;
    const found = ModelManifest.safeParse(manifest);
    // Written by another release, perhaps: the shipped one, or none, is better than one that is half understood.
    if (!found.success) log?.error("catalogue.unreadable", { model: id, error: found.error });
    if (found.success) known.set(name, priced(found.data));
    return known.get(name) ?? null;
  };
  return {
    list: () => [...all.values()].map(({ manifest }) => manifest).filter((manifest) => hiddenBy(manifest) === null),
    find(id) {
      const found = all.get(id);
      return found && hiddenBy(found.manifest) === null ? found.manifest : null;
    },
    ended(id) {
      const found = all.get(id);
      return found && hiddenBy(found.manifest) === "retired" ? found.manifest : null;
    },
    choose: (model, input) => chooseRoute(model, input, { isAtHand, chance: Math.random, serves: (route) => circuits.openFor(route) === null }),
    listAll: () => [...all.values()].map((listed) => ({ ...listed, hidden: hiddenBy(listed.manifest) })),
    async version(id, version) {
      const here = [all.get(id)?.manifest, ours.find(({ manifest }) => manifest.id === id)?.manifest].find((manifest) => manifest?.version === version);
      if (here) return here;
      const stored = known.get(`${id} ${version}`) ?? (await read(id, version));
      return stored === null ? null : parsed(stored, id);
    },
    async refresh() {
      const choices = await load();
      const own = choices.flatMap(({ id, manifest }) => (manifest === null ? [] : (parsed(manifest, id) ?? [])));
      const listed = [...ours, ...own.map((manifest): Listed => ({ manifest, source: "operator" }))];
      all = new Map(listed.map((one) => [one.manifest.id, one]));
      disabled = new Set(choices.filter(({ enabled }) => !enabled).map(({ id }) => id));
    },
  };
}
