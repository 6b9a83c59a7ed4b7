import { createHash } from "node:crypto";
import type { Request, Response } from "express";
import type { Meter } from "../http/guards.ts";
import type { ApiSettings } from "../parts.ts";
import type { Callers } from "./caller.ts";
import { readAuthBody } from "./front.ts";
import type { People } from "./people.ts";

export interface DoorParts {
  readonly people: People;
  readonly callers: Pick<Callers, "forget">;
  readonly meter: Meter;
  readonly addressOf: (request: Request) => string;
  readonly checkSite: (request: Request) => void;
  readonly settings: Pick<ApiSettings, "rateLimitIpPerMinute" | "signInPerMinute">;
}

// Whoever guesses a password is slowed down: by address, and, from many addresses, by the person whose it is.
const guessing = /\/(sign-(in|up)\/|change-password$)/;

/** Answers /api/auth/*. */
export function createDoor({ people, callers, meter, addressOf, checkSite, settings }: DoorParts) {
  return async (request: Request, response: Response): Promise<void> => {
    const address = addressOf(request);
    meter.take(response, `ip:${address}`, settings.rateLimitIpPerMinute);
    if (request.method === "POST") {
      checkSite(request);
      if (guessing.test(request.path)) meter.take(response, `sign-in:${address}`, settings.signInPerMinute);
    }
    const body = await readAuthBody(request, request.path);
    if (request.path.endsWith("/sign-in/email") && typeof body?.["email"] === "string") {
      const who = createHash("sha256").update(body["email"].trim().toLowerCase()).digest("base64url");
      meter.take(response, `sign-in-as:${who}`, settings.signInPerMinute);
    }
    try {
      await people.handler(request, response, body);
    } finally {
      // A sign-in ends nothing that anybody believes; the rest may.
      if (request.method === "POST" && !request.path.includes("/sign-in/") && !request.path.includes("/sign-up/")) callers.forget();
    }
  };
}
