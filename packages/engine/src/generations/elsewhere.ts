/** Which way an output goes on by: its own route, or another where its own does not serve and nothing can be billed twice. */
import { classByRules, routeIdOf, type Route } from "@cooly/contract";
import { alternativesTo, byWeight } from "../catalogue/index.ts";
import { takeSlot } from "../routing/index.ts";
import type { Failure } from "../ports/index.ts";
import { factsOf, type Hand, type Held } from "./hand.ts";
import { again } from "./trouble.ts";

/** The route as its manifest has it; null: that version is not known here, or has no such route. */
export async function routeOf({ catalogue }: Hand, { made_with, route }: Held): Promise<Route | null> {
  const manifest = await catalogue.version(made_with.model, made_with.version);
  return manifest?.routes.find((one) => routeIdOf(one) === routeIdOf(route) && one.upstream_id === route.upstream_id) ?? null;
}

/** Another route that can make the very same and serves at the moment; null: there is none. */
export async function elsewhere(hand: Hand, work: Held): Promise<Route | null> {
  const { catalogue, circuits, providers } = hand;
  const manifest = await catalogue.version(work.made_with.model, work.made_with.version);
  const own = await routeOf(hand, work);
  if (!manifest || !own) return null;
  const able = alternativesTo(own, manifest, { input: work.input, isAtHand: ({ provider }) => providers.has(provider) }).filter(
    (route) => circuits.openFor(route) === null,
  );
  const first = able.filter(({ priority = 0 }) => priority === (able[0]!.priority ?? 0));
  return first.length === 0 ? null : byWeight(first, Math.random());
}

/** By the route's own table, which knows more than the protocol. `ambiguous`: it may have been accepted after all. */
export async function classOf(hand: Hand, work: Held, failure: Failure): Promise<Failure["class"] | "ambiguous"> {
  const route = await routeOf(hand, work);
  return classByRules(route?.errors ?? [], failure) ?? failure.class;
}

const SPREAD_SECONDS = 10;

/** Before anything is sent: true if the output now waits, or goes by another route, as its own does not serve or has no room. */
export async function goesElsewhere(hand: Hand, work: Held): Promise<boolean> {
  const open = hand.circuits.openFor(work.route);
  if (open) {
    const other = await elsewhere(hand, work);
    const waitSeconds = (open.openUntilMs - performance.now()) / 1000;
    // Where there is no other, only a vendor that named a time is left alone until then: any other may serve again.
    if (other || open.class === "rate_limited") {
      await move(hand, work, {
        other,
        message: open.message,
        code: "provider_rate_limited",
        waitSeconds: waitSeconds + Math.random() * Math.min(SPREAD_SECONDS, waitSeconds),
      });
      return true;
    }
  }
  const limits = (await routeOf(hand, work))?.limits;
  if (!limits) return false;
  const waitSeconds = await takeSlot(hand.db, { outputId: work.output_id, attempt: work.attempt, route: work.route, limits });
  if (waitSeconds === 0) return false;
  await move(hand, work, {
    other: await elsewhere(hand, work),
    message: "The provider takes no more at once.",
    code: "provider_rate_limited",
    waitSeconds: waitSeconds * (1 + Math.random()),
  });
  return true;
}

async function move(
  hand: Hand,
  work: Held,
  { other, message, code, waitSeconds }: { other: Route | null; message: string; code: "provider_rate_limited"; waitSeconds: number },
): Promise<void> {
  if (other) hand.log.info("gen-worker.other_route", { ...factsOf(work), from: work.route, to: routeIdOf(other) });
  await again(hand, work, { code, message, burn: false, afterSeconds: other ? 0 : Math.max(0, waitSeconds), route: other });
}
