/** From what stands and what is wanted to the steps that lead there, whoever left it so. */
import { isCurrent, isRunning, isWell, nameOf, type ProxiedStanding, type ServiceStanding, type Standing } from "./standing.ts";

/** A container by its id, or the one that the step `start` made. */
export type Who = string;
export const NEW: Who = "new";

export type Act =
  /** Brings the database's schema up to date, and ends. */
  | { readonly act: "migrate" }
  /** Writes one container's own name into the proxy's file, and waits until the proxy has surely read it. */
  | { readonly act: "point"; readonly at: Who }
  /** Makes containers until there are `count`, and touches none that stand. */
  | { readonly act: "start"; readonly count: number }
  /** Waits until it is healthy. If it never is: `undo` removes it and leaves the other one answering, `tell` only says so. */
  | { readonly act: "await"; readonly who: Who; readonly otherwise: "undo" | "tell" }
  /** Waits for all containers of the service. */
  | { readonly act: "await-all" }
  /** Stops and removes it. `given`: only if that one can be asked instead. */
  | { readonly act: "remove"; readonly who: Who; readonly given: Who | null }
  /** Writes the service's name into the proxy's file again. */
  | { readonly act: "restore" };

export type Step = Act & { readonly service: string; readonly says: string };

export interface Roll {
  readonly steps: readonly Step[];
  /** Nothing is to be done for these. */
  readonly unchanged: readonly string[];
}

export interface RollInput {
  readonly proxied: readonly ProxiedStanding[];
  readonly workers: readonly ServiceStanding[];
  /** The service that brings the schema up to date. */
  readonly migrate: string | null;
}

export function planRoll({ proxied, workers, migrate }: RollInput): Roll {
  const planned = [
    ...proxied.map((standing) => ({ service: standing.service, steps: planProxied(standing) })),
    ...workers.map((standing) => ({ service: standing.service, steps: planWorker(standing) })),
  ];
  const steps = planned.flatMap((one) => one.steps);
  const first: readonly Step[] =
    migrate === null || steps.length === 0
      ? []
      : [{ act: "migrate", service: migrate, says: "brings the database's schema up to the new version; older programs run on it" }];
  return { steps: [...first, ...steps], unchanged: planned.filter((one) => one.steps.length === 0).map(({ service }) => service) };
}

/** Old and new side by side, and the proxy's file says which of them is asked. */
export function planProxied(standing: ProxiedStanding): readonly Step[] {
  const { service, containers, wanted, named } = standing;
  const step = (says: string, act: Act): Step => ({ ...act, service, says });
  const gone = (container: Standing, given: Who | null): Step =>
    isRunning(container)
      ? step(`stops ${nameOf(container.id)}, which ends what it has begun, and removes it`, { act: "remove", who: container.id, given })
      : step(`removes ${nameOf(container.id)}, which does not run`, { act: "remove", who: container.id, given });
  const restore = step(`the proxy's file names ${service} again, as rendered`, { act: "restore" });
  const keep = whoAnswers(standing);
  if (keep === null)
    return [
      ...containers.map((container) => gone(container, null)),
      ...(named === service ? [] : [restore]),
      step("starts: nothing of it runs, so there is nobody to take over from", { act: "start", count: 1 }),
      step("is healthy", { act: "await", who: NEW, otherwise: "tell" }),
    ];

  const next = isCurrent(keep, wanted) ? keep : whoComes(standing, keep);
  const surplus = containers.filter((container) => container !== keep && container !== next);
  if (keep === next) {
    const back = named === service ? [] : [restore];
    const wait = (otherwise: "undo" | "tell", says: string): Step => step(says, { act: "await", who: keep.id, otherwise });
    // Nobody is well: an older one goes only when the new one has shown that it can take its place.
    if (!isWell(keep) && surplus.some(isRunning))
      return [
        wait("undo", `${nameOf(keep.id)} is new already, and is waited for; if it is not healthy in time, it goes and the one before stays`),
        pointAt(keep),
        ...surplus.map((container) => gone(container, keep.id)),
        restore,
      ];
    const cleared = surplus.length === 0 ? back : [pointAt(keep), ...surplus.map((container) => gone(container, givenWell(keep))), restore];
    return isWell(keep) ? cleared : [...cleared, wait("tell", `${nameOf(keep.id)} is new already, and is waited for`)];
  }

  const comes = next?.id ?? NEW;
  const title = next === null ? "the new one" : nameOf(next.id);
  return [
    pointAt(keep),
    ...surplus.map((container) => gone(container, givenWell(keep))),
    ...(next === null ? [step(`starts another container beside ${nameOf(keep.id)}`, { act: "start", count: 2 } as const)] : []),
    step(`${title} is healthy; if not in time, it goes and ${nameOf(keep.id)} stays`, { act: "await", who: comes, otherwise: "undo" }),
    step(`the proxy's file names ${title}, and the proxy has a moment to read it`, { act: "point", at: comes }),
    gone(keep, comes),
    restore,
  ];

  function pointAt({ id }: Standing): Step {
    return step(`the proxy's file names ${nameOf(id)} alone, and the proxy has a moment to read it`, { act: "point", at: id });
  }
}

const givenWell = (keep: Standing): Who | null => (isWell(keep) ? keep.id : null);

const best = (containers: readonly Standing[], rank: (container: Standing) => number): Standing | null =>
  containers.toSorted((a, b) => rank(b) - rank(a) || b.createdMs - a.createdMs)[0] ?? null;

/** Who is to be asked meanwhile: of those that are well a new one, else the one that is asked now, else the newest. */
function whoAnswers({ containers, wanted, named }: ProxiedStanding): Standing | null {
  const rank = (container: Standing): number =>
    (isWell(container) ? 4 : 0) + (isWell(container) && isCurrent(container, wanted) ? 2 : 0) + (named === nameOf(container.id) ? 1 : 0);
  return best(containers.filter(isRunning), rank);
}

/** A new one that somebody has started, and that is not well yet. */
const whoComes = ({ containers, wanted }: ProxiedStanding, keep: Standing): Standing | null =>
  best(
    containers.filter((container) => isRunning(container) && container !== keep && isCurrent(container, wanted)),
    () => 0,
  );

/** One after the other: each ends what it has begun before the next takes its place. */
export function planWorker({ service, containers, wanted }: ServiceStanding): readonly Step[] {
  const step = (says: string, act: Act): Step => ({ ...act, service, says });
  const running = containers.filter(isRunning);
  const old = running.filter((container) => !isCurrent(container, wanted));
  const count = Math.max(wanted.count, running.length);
  const starts = [step("starts as wanted", { act: "start", count }), step("is healthy", { act: "await-all" })];
  const waits = step("is new already, and is waited for", { act: "await-all" });
  const cleared = containers
    .filter((container) => !isRunning(container))
    .map(({ id }) => step(`removes ${nameOf(id)}, which does not run`, { act: "remove", who: id, given: null } as const));
  const lacking = running.length < wanted.count && old.length === 0;
  return [
    ...cleared,
    ...old.flatMap(({ id }) => [
      step(`stops ${nameOf(id)}, which ends what it has begun or hands it over, and removes it`, { act: "remove", who: id, given: null } as const),
      ...starts,
    ]),
    ...(lacking ? starts : []),
    ...(!lacking && old.length === 0 && !running.every(isWell) ? [waits] : []),
  ];
}
