/** `postgres.json`: what a later start needs to know of the embedded database. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { writeWhole } from "../home.ts";

const Settings = z.object({ port: z.int().min(1).max(65_535), password: z.string().min(1) });
export type Settings = z.infer<typeof Settings>;

export const USER = "cooly";
export const urlOf = ({ password, port }: Settings): string => `postgres://${USER}:${password}@127.0.0.1:${port}/postgres`;

const fileOf = (home: string): string => join(home, "postgres.json");

/** Null where there is none. */
export function readSettings(home: string): Settings | null {
  const file = fileOf(home);
  if (!existsSync(file)) return null;
  try {
    return Settings.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (cause) {
    throw new Error(
      `${file} is damaged: it should hold the port and the password of the embedded database. Put it back from a backup, or remove it and start again: the database then gets a new password and keeps all it holds.`,
      { cause },
    );
  }
}

export const writeSettings = (home: string, settings: Settings): void => writeWhole(fileOf(home), settings);
