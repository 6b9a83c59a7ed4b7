import { appendFileSync, existsSync, readFileSync } from "node:fs";

/**
 * What the simulator was asked, and what it would bill: the witness from outside.
 * `submitted`: a request arrived whole. `accepted`: a job was made of it. `replayed`: its key was known. `billed`: the job was
 * made, so it costs; with a note where there is nothing to fetch. `fetched`: the bytes left whole.
 */
export interface Entry {
  readonly at: string;
  readonly what: "submitted" | "accepted" | "replayed" | "rejected" | "billed" | "refused" | "failed" | "canceled" | "fetched" | "webhook";
  readonly job: string | null;
  /** What the caller calls it. */
  readonly client_id: string | null;
  readonly key: string | null;
  readonly note?: string;
}

/** Appended to, never changed; to a file as well where one is named, so that it outlives this process. */
export interface WitnessLog {
  append(entry: Omit<Entry, "at">): void;
  read(): readonly Entry[];
}

export function openLog(file: string | null): WitnessLog {
  const kept = file !== null && existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : [];
  const entries = kept.map((line) => JSON.parse(line) as Entry);
  return {
    append(entry) {
      const whole = { at: new Date().toISOString(), ...entry };
      entries.push(whole);
      if (file) appendFileSync(file, `${JSON.stringify(whole)}\n`);
    },
    read: () => entries,
  };
}
