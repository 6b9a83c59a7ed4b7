/** What a rolling update looks at. */

export type Health = "healthy" | "starting" | "unhealthy";

/** One container of a service. */
export interface Standing {
  readonly id: string;
  /** The id of its image, not the name: a name may be somewhere else by now. */
  readonly image: string;
  /** Compose's own mark of what it was made from. */
  readonly mark: string | null;
  /** In Docker's words: created, running, paused, restarting, removing, exited, dead. */
  readonly state: string;
  /** Null: it has no health check. */
  readonly health: Health | null;
  readonly createdMs: number;
}

export interface Wanted {
  readonly image: string;
  /** Null: Compose does not say, so that the image alone decides. */
  readonly mark: string | null;
  /** How many containers the compose file asks for. */
  readonly count: number;
}

/** A service as it stands and as it is wanted. */
export interface ServiceStanding {
  readonly service: string;
  readonly containers: readonly Standing[];
  readonly wanted: Wanted;
}

/** One that the proxy leads to, and whom its file names: the service, or one container. */
export interface ProxiedStanding extends ServiceStanding {
  readonly named: string;
}

/** A container's own name on a network of Compose's: Docker answers for the first twelve characters of its id. */
export const nameOf = (id: string): string => id.slice(0, 12);

export const isRunning = ({ state }: Standing): boolean => state === "running";

/** May be asked: what has no health check has nobody to deny it. */
export const isWell = (container: Standing): boolean => isRunning(container) && (container.health === null || container.health === "healthy");

export const isCurrent = ({ image, mark }: Standing, wanted: Wanted): boolean => image === wanted.image && (wanted.mark === null || mark === wanted.mark);
