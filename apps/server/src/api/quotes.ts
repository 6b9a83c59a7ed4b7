import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { Fault } from "@cooly/contract";
import { canonical } from "@cooly/engine";

const LIFE_MS = 10 * 60_000;

export interface Quoted {
  readonly accountId: string;
  readonly model: string;
  readonly input: unknown;
  readonly outputs: number;
}

interface Promised {
  readonly hash: string;
  readonly credits: number;
  readonly until: number;
}

/** A price that was told, signed: nothing has to be remembered of it. */
export function createQuotes(secret: string, now: () => Date) {
  const key = createHmac("sha256", secret).update("cooly quotes").digest();
  const sign = (text: string): string => createHmac("sha256", key).update(text).digest("base64url");
  const hashOf = (quoted: Quoted): string => createHash("sha256").update(canonical(quoted)).digest("base64url");
  return {
    issue(quoted: Quoted, credits: number): { token: string; expiresAt: Date } {
      const expiresAt = new Date(now().getTime() + LIFE_MS);
      const promised: Promised = { hash: hashOf(quoted), credits, until: expiresAt.getTime() };
      const text = Buffer.from(JSON.stringify(promised)).toString("base64url");
      return { token: `${text}.${sign(text)}`, expiresAt };
    },
    /** Throws unless the token is a live one of ours for this request, at this price or a higher one. */
    redeem(token: string, quoted: Quoted, credits: number): void {
      const [text = "", signature = "", ...rest] = token.split(".");
      const right = Buffer.from(sign(text));
      const given = Buffer.from(signature);
      if (rest.length > 0 || right.length !== given.length || !timingSafeEqual(right, given)) throw new Fault("invalid_quote");
      const promised = JSON.parse(Buffer.from(text, "base64url").toString()) as Promised;
      if (promised.until < now().getTime() || promised.hash !== hashOf(quoted)) throw new Fault("invalid_quote");
      if (credits > promised.credits) throw new Fault("quote_exceeded", { detail: { quoted: promised.credits, credits } });
    },
  };
}
