/** What `npm start` says once it is ready. */
import { join } from "node:path";
import type { Secrets } from "./home.ts";

export interface Facts {
  readonly url: string;
  readonly home: string;
  readonly secrets: Secrets;
  /** Whether the first people were made by this start: their passwords are shown this once. */
  readonly first: boolean;
  readonly parts: readonly string[];
  readonly seconds: number;
}

export function greeting({ url, home, secrets, first, parts, seconds }: Facts): string {
  const { demo, admin } = secrets;
  const person = ({ email, password }: Secrets["demo"]): string => (first ? `${email.padEnd(18)} password ${password}` : email);
  return `
  Cooly is ready at ${url}  (${seconds.toFixed(1)} s)

  Sign in     ${person(demo)}
  As admin    ${person(admin)}
              ${first ? "Shown this once, and kept" : "Their first passwords are"} in ${join(home, "secrets.json")}

  Data        ${home}
  Parts       ${parts.join(", ")}

  Ctrl-C stops all of it; the next start finds everything again.`;
}
