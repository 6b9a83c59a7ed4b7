import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Response } from "express";
import {
  cancelGeneration,
  createGeneration,
  createQuote,
  creditsFor,
  deleteGeneration,
  Fault,
  fromPublicId,
  getGeneration,
  isTerminal,
  listGenerations,
  toPublicId,
  type CreateGenerationBody,
  type GenerationView,
  type ModelManifest,
  type Route,
} from "@cooly/contract";
import {
  findGeneration,
  findReplay,
  forgetMedia,
  listGenerations as listRows,
  removeGeneration,
  requestCancel,
  wasNeverAsked,
  type GenerationRow,
  type Remark,
  type Submitted,
} from "@cooly/engine";
import type { Caller } from "../auth/caller.ts";
import { createFiles, hasAddresses } from "../files.ts";
import { bind, type BoundRoute } from "../http/route.ts";
import { checkInput, checkOutputs } from "../input.ts";
import type { ApiParts } from "../parts.ts";
import { createQuotes } from "../quotes.ts";
import type { Views } from "../views.ts";

const KEY = /^[\x21-\x7e][\x20-\x7e]{0,254}$/;
const WAIT_MAX_SECONDS = 60;

interface Asked extends Omit<CreateGenerationBody, "quote"> {
  readonly quote: string | undefined;
  readonly idempotencyKey: string | null;
  readonly requestId: string;
}

function createAccept(parts: ApiParts) {
  const { db, catalogue, submit, clock, settings } = parts;
  const files = createFiles(parts);
  const quotes = createQuotes(settings.authSecret, clock.now);

  function plan(body: { model: string; input: Record<string, unknown>; outputs: number }): {
    model: ModelManifest;
    input: Record<string, unknown>;
    credits: number;
    route: Route;
    warnings: readonly Remark[];
  } {
    const model = catalogue.find(body.model);
    if (!model) throw new Fault("unknown_model", { issues: [{ path: "/model", message: whyNot(catalogue.ended(body.model)) }] });
    checkOutputs(model, body.outputs);
    const input = checkInput(model, body.input);
    const chosen = catalogue.choose(model, input);
    if (chosen.outcome === "unsupported") throw unsupported(chosen.remarks);
    const each = creditsFor(model.price, input);
    if (each === null) throw new Fault("invalid_parameter", { say: "There is no price for what these parameters ask for together." });
    return { model, input, credits: each * body.outputs, route: chosen.route, warnings: chosen.warnings };
  }

  /** A retry is answered as before, whatever has become of its quote, its model or its price since. */
  async function accept(caller: Caller, { quote, idempotencyKey, requestId, ...asked }: Asked): Promise<Submitted> {
    const { accountId } = caller;
    const { model: modelId, outputs, metadata } = asked;
    try {
      const { model, input: given, credits, route, warnings } = plan(asked);
      if (quote !== undefined) quotes.redeem(quote, { accountId, model: modelId, input: given, outputs }, credits);
      // A retry fetches nothing again: what lies at an address may have changed, or gone.
      const before = idempotencyKey !== null && hasAddresses(model, given) ? await findReplay(db, { accountId, idempotencyKey, request: asked }) : null;
      if (before) return before;
      const input = await files.settle(model, given, accountId);
      const apiKeyId = caller.by === "key" ? caller.key.id : null;
      const origin = { request_id: requestId };
      return await submit({ accountId, apiKeyId, idempotencyKey, model, route, warnings, input, outputs, metadata, request: asked, origin });
    } catch (error) {
      const earlier = error instanceof Fault && idempotencyKey !== null ? await findReplay(db, { accountId, idempotencyKey, request: asked }) : null;
      if (earlier?.outcome === "replayed") return earlier;
      throw error;
    }
  }

  return { plan, quotes, accept };
}

function whyNot(ended: ModelManifest | null): string {
  if (ended === null) return "There is no such model.";
  const { retire_at, replacement } = ended.lifecycle;
  const when = retire_at === null ? "is no longer offered" : `ended on ${retire_at}`;
  return `${ended.id} ${when}.${replacement === null ? "" : ` ${replacement} takes its place.`}`;
}

function unsupported(remarks: readonly Remark[]): Fault {
  const issues = remarks.map(({ param, message }) => ({ path: `/input/${param}`, code: "unsupported_parameter" as const, message }));
  return new Fault("unsupported_parameter", { ...(issues[0] && { say: issues[0].message }), issues });
}

/** `stopping`: whoever still waits is answered with what there is. */
export function generationRoutes(parts: ApiParts, views: Views, stopping: AbortSignal): BoundRoute[] {
  const { db, doorbell } = parts;
  const { plan, quotes, accept } = createAccept(parts);
  const load = createLoad(parts, views);

  return [
    bind(createQuote, async ({ body }, caller) => {
      const { model, input, credits } = plan(body);
      const { token, expiresAt } = quotes.issue({ accountId: caller.accountId, model: model.id, input, outputs: body.outputs }, credits);
      return { body: { object: "quote" as const, model: model.id, outputs: body.outputs, credits, expires_at: expiresAt.toISOString(), token } };
    }),
    createRoute({ parts, views, stopping, accept, load }),
    bind(listGenerations, async ({ query }, caller) => {
      const after = query.after === undefined ? null : uuidOf(query.after);
      const filter = { after, limit: query.limit + 1, status: query.status ?? null, model: query.model ?? null, kind: query.kind ?? null, q: query.q ?? null };
      const rows = await listRows(db, caller.accountId, filter);
      const data = rows.slice(0, query.limit).map(views.generation);
      return { body: { object: "list" as const, data, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null, has_more: rows.length > query.limit } };
    }),
    bind(getGeneration, async ({ params }, caller) => ({ body: await load(caller, params["id"]!) })),
    bind(cancelGeneration, async ({ params }, caller) => {
      const id = params["id"]!;
      const outcome = await requestCancel(db, doorbell, { accountId: caller.accountId, generationId: uuidOf(id) });
      if (outcome === "missing") throw new Fault("not_found");
      if (outcome === "finished") throw new Fault("already_finished");
      return { body: await load(caller, id) };
    }),
    bind(deleteGeneration, async ({ params }, caller) => {
      const id = params["id"]!;
      const row = await findGeneration(db, caller.accountId, uuidOf(id));
      const outcome = await removeGeneration(db, { accountId: caller.accountId, generationId: uuidOf(id) });
      if (outcome === "missing") throw new Fault("not_found");
      if (outcome === "not_finished") throw new Fault("not_finished");
      if (row) await purge(parts, row);
      return { body: { id, object: "generation" as const, deleted: true as const } };
    }),
  ];
}

type Load = (caller: Caller, id: string) => Promise<GenerationView>;

const createLoad =
  ({ db }: ApiParts, views: Views): Load =>
  async (caller, id) => {
    const row = await findGeneration(db, caller.accountId, uuidOf(id));
    if (!row) throw new Fault("not_found");
    return views.generation(row);
  };

interface Creation {
  readonly parts: ApiParts;
  readonly views: Views;
  readonly stopping: AbortSignal;
  readonly accept: ReturnType<typeof createAccept>["accept"];
  readonly load: Load;
}

function createRoute({ parts, views, stopping, accept, load }: Creation): BoundRoute {
  return bind(createGeneration, async ({ body, request, response }, caller) => {
    const idempotencyKey = keyOf(request.headersDistinct["idempotency-key"]);
    const { quote, ...asked } = body;
    const { locals } = response as Response;
    const requestId = String(locals["requestId"]);
    const submitted = await accept(caller, { ...asked, quote, idempotencyKey, requestId }).catch((error: unknown) => {
      // Without a key, a second try might be a second generation.
      if (idempotencyKey === null && !(error instanceof Fault) && !wasNeverAsked(error)) response.setHeader("x-should-retry", "false");
      throw error;
    });
    switch (submitted.outcome) {
      case "mismatch":
        throw new Fault("idempotency_key_reuse");
      case "insufficient":
        throw new Fault("insufficient_credits", {
          say: `This needs ${submitted.needed} credits and there are ${submitted.available}.`,
          detail: { needed: submitted.needed, available: submitted.available },
        });
      case "accepted":
      case "replayed": {
        // From here on it exists: only a key makes another try the same one.
        if (idempotencyKey === null) response.setHeader("x-should-retry", "false");
        const { generationId } = submitted;
        locals["generationId"] = generationId;
        const id = toPublicId("generation", generationId);
        const seconds = waitOf(request.headers.prefer);
        const ended = seconds > 0 && (await settledWithin(parts, { caller, generationId, seconds, closed: [stopping, closing(response)] }));
        // An accept that was not waited for is as it was sent.
        const fresh = submitted.outcome === "accepted" && seconds === 0 ? submitted.row : null;
        const view = fresh ? views.generation(fresh) : await load(caller, id);
        response.removeHeader("x-should-retry");
        const headers: Record<string, string> = {
          location: `/v1/generations/${id}`,
          ...(submitted.outcome === "replayed" && { "idempotent-replayed": "true" }),
          ...(ended && { "preference-applied": `wait=${seconds}` }),
        };
        return { headers, body: view, ...(ended && { status: 200 }) };
      }
    }
  });
}

// Links are out in the world: the files go now. What fails here the sweeper does later.
async function purge({ db, store, log }: ApiParts, { id, outputs }: GenerationRow): Promise<void> {
  const kept = outputs.filter(({ storage_key, media_deleted }) => storage_key !== null && !media_deleted);
  try {
    await store.remove(kept.flatMap(({ storage_key, thumbnail_key }) => [storage_key, thumbnail_key].filter((key) => key !== null)));
    await forgetMedia(
      db,
      kept.map((output) => output.id),
    );
  } catch (error) {
    log.warn("generations.purge_later", { generationId: id, error });
  }
}

/** A bare UUID for a public id; whatever is none belongs to nobody. */
export function uuidOf(id: string): string {
  const uuid = fromPublicId("generation", id);
  if (!uuid) throw new Fault("not_found");
  return uuid;
}

function keyOf(given: readonly string[] | undefined): string | null {
  if (given === undefined) return null;
  if (given.length !== 1 || !KEY.test(given[0]!)) throw new Fault("invalid_idempotency_key");
  return given[0]!;
}

/** `Prefer: wait=N` (RFC 7240); without a number, as long as we wait at all. */
function waitOf(prefer: string | string[] | undefined): number {
  const preferences = String(prefer ?? "").split(/[,;]/);
  const wait = preferences.map((one) => /^\s*wait\s*(?:=\s*"?(\d{1,9})"?\s*)?$/i.exec(one)).find((match) => match !== null);
  return wait ? Math.min(wait[1] === undefined ? WAIT_MAX_SECONDS : Number(wait[1]), WAIT_MAX_SECONDS) : 0;
}

function closing(response: ServerResponse): AbortSignal {
  const closed = new AbortController();
  if (response.destroyed) closed.abort();
  response.once("close", () => closed.abort());
  return closed.signal;
}

/** Whether the generation ended in time. The event log says so; the row is read again by the caller. */
async function settledWithin({ hub, db }: ApiParts, wait: { caller: Caller; generationId: string; seconds: number; closed: AbortSignal[] }): Promise<boolean> {
  const ended = Promise.withResolvers<boolean>();
  const leave = await hub.subscribe({
    accountId: wait.caller.accountId,
    after: null,
    onEvents: (events) =>
      void (
        events.some(({ generation_id, generation }) => generation_id === wait.generationId && generation && isTerminal(generation.status)) &&
        ended.resolve(true)
      ),
  });
  try {
    // It may have ended before we listened.
    const row = await findGeneration(db, wait.caller.accountId, wait.generationId);
    if (row && isTerminal(row.status)) return true;
    return await Promise.race([ended.promise, sleep(wait.seconds * 1000, false, { signal: AbortSignal.any(wait.closed) }).catch(() => false)]);
  } finally {
    leave();
  }
}
