import { createStore } from "../../ui/store.ts";

/** `live`: events come as they happen. `polling`: asked every few seconds. `offline`: nothing comes. */
export type Connection = "starting" | "live" | "polling" | "offline";

export const connection = createStore<Connection>("starting");

export interface Signs {
  readonly browserOnline: boolean;
  readonly streamOpen: boolean;
  readonly everOpened: boolean;
  /** Whether the last call got any answer; null before the first. */
  readonly answered: boolean | null;
}

export function connectionOf({ browserOnline, streamOpen, everOpened, answered }: Signs): Connection {
  if (!browserOnline) return "offline";
  if (streamOpen) return "live";
  if (answered === false) return "offline";
  if (answered === null && !everOpened) return "starting";
  return "polling";
}
