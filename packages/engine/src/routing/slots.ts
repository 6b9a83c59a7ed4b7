import { z } from "zod";
import type { Route } from "@cooly/contract";
import { statement, type Runner } from "../db/index.ts";

export interface SlotFor {
  readonly outputId: string;
  readonly attempt: number;
  readonly route: Pick<Route, "provider" | "upstream_id">;
  readonly limits: NonNullable<Route["limits"]>;
}

/** Seconds to wait before this attempt may be sent by its route, which takes so many at once or in a minute; 0: it may be sent now. */
export const takeSlot = async (db: Runner, { outputId, attempt, route, limits }: SlotFor): Promise<number> =>
  (await db.one(take, [outputId, attempt, route.provider, route.upstream_id, limits.at_once ?? null, limits.a_minute ?? null])).seconds;

const take = statement("routes.take_slot", z.object({ seconds: z.number() }), `select take_slot($1, $2, $3, $4, $5, $6) as seconds`);
