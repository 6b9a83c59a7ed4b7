import type { LiveCatalogue, Database, Doorbell, createSubmit } from "@cooly/engine";
import type { Clock, Log, ObjectStore, Queue } from "@cooly/engine/ports";

export interface SignIn {
  readonly email: string;
  readonly password: string;
}

export interface TaskParts {
  readonly db: Database;
  readonly doorbell: Doorbell;
  readonly store: ObjectStore;
  readonly queue: Queue;
  readonly catalogue: LiveCatalogue;
  readonly submit: ReturnType<typeof createSubmit>;
  readonly clock: Clock;
  /** The names of those that this installation has. */
  readonly providers: ReadonlySet<string>;
  readonly log: Log;
  readonly migrateUrl: string;
  /** Whom `npm start` makes on this database; null where it is not the embedded one. */
  readonly firstPeople: { readonly admin: SignIn; readonly demo: SignIn } | null;
  /** `freeCredits`: whether the credits of a sign-up come with it. */
  readonly createPerson: (person: {
    email: string;
    password: string;
    name: string;
    admin: boolean;
    freeCredits: boolean;
  }) => Promise<{ userId: string; accountId: string; created: boolean }>;
  close(): Promise<void>;
}

export type Answer =
  | { readonly ok: true; readonly [member: string]: unknown }
  | { readonly ok: false; readonly code: string; readonly message: string; readonly [member: string]: unknown };

/** How a task that takes longer is followed and stopped. */
export interface TaskRun {
  /** A wish to stop: what is in hand is finished, and the answer says how far it came. */
  readonly signal: AbortSignal;
  tell(progress: object): void;
}

/** Runs once and ends. `options` come from the operator's tool, which has checked them. */
export type Task = (parts: TaskParts, options: unknown, run: TaskRun) => Promise<Answer>;
