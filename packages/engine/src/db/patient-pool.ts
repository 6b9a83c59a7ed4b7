import pg from "pg";

const TOO_MANY = "53300";
const WIDEN_MS = 30_000;

type Callback = (error: Error | undefined, client: pg.PoolClient | undefined, done: (release?: Error | boolean) => void) => void;

export type PatientPoolOptions = pg.PoolConfig & {
  readonly max: number;
  /** The server takes no more than so many. Said once, until it takes all that are wanted. */
  readonly onNarrow?: (got: number) => void;
};

/**
 * Where the server, or the role's limit, has no further connection for us, the pool makes do with those that it has: who asks waits
 * for one of them instead of failing. Now and then it tries for more.
 */
export class PatientPool extends pg.Pool {
  private readonly wanted: number;
  private readonly onNarrow: (got: number) => void;
  private narrow = false;
  private narrowedMs = 0;

  constructor({ onNarrow, ...options }: PatientPoolOptions) {
    super(options);
    this.wanted = options.max;
    this.onNarrow = onNarrow ?? (() => undefined);
    // Between two hands a client has no listener of theirs, and what it meets just then would end the process. Whoever has it next
    // hears of it from its first question.
    this.on("connect", (client) => client.on("error", () => undefined));
  }

  override connect(): Promise<pg.PoolClient>;
  override connect(callback: Callback): void;
  override connect(callback?: Callback): Promise<pg.PoolClient> | void {
    if (callback) return this.ask(callback);
    return new Promise((resolve, reject) => this.ask((error, client) => (error ? reject(error) : resolve(client!))));
  }

  /** A client is handed on in the turn in which it was free: what comes after may be its end. */
  private ask(callback: Callback): void {
    if (this.narrow && performance.now() - this.narrowedMs > WIDEN_MS) this.widen();
    super.connect((error, client, done) => {
      // Those that are on their way may fail as well: in the end there are some, or none.
      if ((error as { code?: unknown } | undefined)?.code !== TOO_MANY || this.totalCount === 0) return callback(error, client, done);
      this.makeDoWith(this.totalCount);
      this.ask(callback);
    });
  }

  private makeDoWith(got: number): void {
    this.options.max = got;
    this.narrowedMs = performance.now();
    if (!this.narrow) this.onNarrow(got);
    this.narrow = true;
  }

  private widen(): void {
    this.narrowedMs = performance.now();
    this.options.max = Math.min(this.wanted, this.options.max + 1);
    this.narrow = this.options.max < this.wanted;
  }
}
