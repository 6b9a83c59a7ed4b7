/** Every environment variable, once. The parser, the reference page and `.env.example` are made from this list. */

export const roles = ["api", "relay", "gen", "capture", "sweeper"] as const;
export type RoleName = (typeof roles)[number];

export type VariableType =
  | { readonly kind: "string"; readonly minLength?: number }
  | { readonly kind: "url"; readonly protocols: readonly string[] }
  | { readonly kind: "integer"; readonly min: number; readonly max: number }
  | { readonly kind: "boolean" }
  | { readonly kind: "enum"; readonly values: readonly string[] }
  | { readonly kind: "list" };

export interface Variable {
  readonly name: string;
  readonly type: VariableType;
  readonly secret?: boolean;
  /** Which processes read it. */
  readonly roles: readonly RoleName[];
  readonly default?: string;
  readonly required?: boolean;
  /** One sentence. */
  readonly says: string;
  readonly example: string;
}

const all = roles;
const postgres: VariableType = { kind: "url", protocols: ["postgres:", "postgresql:"] };
const web: VariableType = { kind: "url", protocols: ["http:", "https:"] };

export const variables = [
  { name: "COOLY_HOME", type: { kind: "string" }, roles: all, default: ".cooly", says: "Where the embedded parts keep their data.", example: "/var/lib/cooly" },
  {
    name: "COOLY_PORT",
    type: { kind: "integer", min: 0, max: 65535 },
    roles: ["api"],
    says: "The port of `npm start`; 0 takes any. Without it: 3000, or the next free one.",
    example: "3000",
  },
  {
    name: "PORT",
    type: { kind: "integer", min: 0, max: 65535 },
    roles: all,
    says: "The port of `cooly serve`; 0 takes any free one and prints it. Default: 3000 with the API; without it a process listens only if this is set, and answers `/healthz` and `/readyz`.",
    example: "3000",
  },
  {
    name: "HOST",
    type: { kind: "string" },
    roles: all,
    says: "The address to listen on. Default: all for `cooly serve`, this machine alone for `npm start`.",
    example: "127.0.0.1",
  },
  {
    name: "LOG_LEVEL",
    type: { kind: "enum", values: ["debug", "info", "warn", "error"] },
    roles: all,
    default: "info",
    says: "The least important line that is logged.",
    example: "info",
  },
  {
    name: "DATABASE_URL",
    type: postgres,
    secret: true,
    roles: all,
    says: "The PostgreSQL (15 or newer) to use. Without it, `npm start` brings its own.",
    example: "postgres://cooly:PASSWORD@db.example.com:5432/cooly",
  },
  {
    name: "DATABASE_DIRECT_URL",
    type: postgres,
    secret: true,
    roles: all,
    says: "A session connection for LISTEN and migrations, where DATABASE_URL is a transaction pooler.",
    example: "postgres://cooly:PASSWORD@db.example.com:5432/cooly",
  },
  {
    name: "DATABASE_POOL_MAX",
    type: { kind: "integer", min: 2, max: 200 },
    roles: all,
    default: "10",
    says: "How many database connections one process opens at the most, beside one for LISTEN.",
    example: "10",
  },
  {
    name: "PUBLIC_URL",
    type: web,
    roles: ["api", "gen"],
    says: "The address under which people reach the API; links to media begin with it.",
    example: "https://api.example.com",
  },
  {
    name: "ALLOWED_ORIGINS",
    type: { kind: "list" },
    roles: ["api"],
    default: "",
    says: "Other origins whose pages may call the API with cookies, separated by commas.",
    example: "https://app.example.com",
  },
  {
    name: "FRONTEND_URL",
    type: web,
    roles: ["api"],
    says: "The address of the studio where it is not the API's own; allowed as an origin.",
    example: "https://app.example.com",
  },
  {
    name: "COOKIE_DOMAIN",
    type: { kind: "string" },
    roles: ["api"],
    says: "The domain of session cookies, where the studio and the API are on two subdomains.",
    example: "example.com",
  },
  {
    name: "TRUSTED_PROXY_HOPS",
    type: { kind: "integer", min: 0, max: 10 },
    roles: ["api"],
    default: "0",
    says: "How many proxies stand before the API; only so many entries of X-Forwarded-For are believed.",
    example: "1",
  },
  {
    name: "AUTH_SECRET",
    type: { kind: "string", minLength: 32 },
    secret: true,
    roles: ["api", "gen"],
    says: "Signs sessions, quotes and media links; the same in every process. `npm start` makes one.",
    example: "the output of: openssl rand -base64 32",
  },
  {
    name: "QUEUE_DRIVER",
    type: { kind: "enum", values: ["postgres"] },
    roles: ["relay", "gen"],
    default: "postgres",
    says: "What carries work from the outbox to the gen workers.",
    example: "postgres",
  },
  {
    name: "STORAGE_DRIVER",
    type: { kind: "enum", values: ["filesystem"] },
    roles: ["api", "gen", "sweeper"],
    default: "filesystem",
    says: "Where media are kept.",
    example: "filesystem",
  },
  {
    name: "STORAGE_DIR",
    type: { kind: "string" },
    roles: ["api", "gen", "sweeper"],
    says: "The folder of the filesystem driver. Default: `media` in COOLY_HOME.",
    example: "/var/lib/cooly/media",
  },
  {
    name: "SCRATCH_DIR",
    type: { kind: "string" },
    roles: ["gen", "capture"],
    says: "Where results lie on their way from a provider to storage, up to 256 MiB each; on a disk rather than in memory (tmpfs). Default: `scratch` in COOLY_HOME.",
    example: "/var/lib/cooly/scratch",
  },
  {
    name: "GEN_WORKER_CONCURRENCY",
    type: { kind: "integer", min: 1, max: 1000 },
    roles: ["gen"],
    default: "4",
    says: "How many outputs one gen worker has in hand at once.",
    example: "4",
  },
  {
    name: "SIMULATOR_URL",
    type: web,
    roles: ["api", "gen", "capture", "sweeper"],
    says: "The provider simulator (test/simulator), for developing: with it there are the models sim/*.",
    example: "http://127.0.0.1:4010",
  },
  {
    name: "SIMULATOR_SECRET",
    type: { kind: "string" },
    secret: true,
    roles: ["api"],
    says: "What the simulator signs its webhooks with. Without it: what it uses by default.",
    example: "words",
  },
  {
    name: "PAINTER_THREADS",
    type: { kind: "integer", min: 1, max: 64 },
    roles: ["gen"],
    says: "Threads of the demo painter. Default: one less than there are processors.",
    example: "2",
  },
  {
    name: "START_GEN_WORKER",
    type: { kind: "boolean" },
    roles: ["gen"],
    default: "true",
    says: "Whether the gen worker runs where no roles are named (`cooly up`, `cooly serve` without `--roles`).",
    example: "true",
  },
  {
    name: "START_OUTBOX_RELAY",
    type: { kind: "boolean" },
    roles: ["relay"],
    default: "true",
    says: "Whether the outbox relay runs where no roles are named (`cooly up`, `cooly serve` without `--roles`).",
    example: "true",
  },
  {
    name: "ENABLE_CAPTURE_WORKER",
    type: { kind: "boolean" },
    roles: ["capture"],
    default: "true",
    says: "Whether the capture worker runs where no roles are named (`cooly up`, `cooly serve` without `--roles`).",
    example: "true",
  },
  {
    name: "ENABLE_SESSION_SWEEPER",
    type: { kind: "boolean" },
    roles: ["sweeper"],
    default: "true",
    says: "Whether the session sweeper runs where no roles are named (`cooly up`, `cooly serve` without `--roles`).",
    example: "true",
  },
  { name: "SIGN_UP", type: { kind: "boolean" }, roles: ["api"], default: "true", says: "Whether strangers may sign up.", example: "false" },
  {
    name: "DEFAULT_FREE_CREDITS",
    type: { kind: "integer", min: 0, max: 1_000_000_000 },
    roles: ["api"],
    default: "100",
    says: "Credits that everybody gets at sign-up.",
    example: "100",
  },
  {
    name: "DEFAULT_FREE_CREDITS_DAYS",
    type: { kind: "integer", min: 1, max: 36_500 },
    roles: ["api"],
    says: "After how many days those expire. Default: never.",
    example: "30",
  },
  {
    name: "RATE_LIMIT_PER_MINUTE",
    type: { kind: "integer", min: 1, max: 100_000_000 },
    roles: ["api"],
    default: "600",
    says: "Requests a minute of one account, by whatever person or key.",
    example: "600",
  },
  {
    name: "RATE_LIMIT_IP_PER_MINUTE",
    type: { kind: "integer", min: 1, max: 100_000_000 },
    roles: ["api"],
    default: "1200",
    says: "Requests a minute from one IP address.",
    example: "1200",
  },
  {
    name: "SIGN_IN_PER_MINUTE",
    type: { kind: "integer", min: 1, max: 1_000_000 },
    roles: ["api"],
    default: "20",
    says: "Attempts a minute to sign in or up from one IP address, and to sign in as one person from anywhere.",
    example: "20",
  },
  {
    name: "RATE_LIMIT_KEY_PER_MINUTE",
    type: { kind: "integer", min: 1, max: 100_000_000 },
    roles: ["api"],
    says: "Requests a minute of one API key. Default: RATE_LIMIT_PER_MINUTE, which all keys of an account have together.",
    example: "300",
  },
  {
    name: "METRICS_TOKEN",
    type: { kind: "string", minLength: 16 },
    secret: true,
    roles: ["api"],
    says: "Opens GET /metrics to whoever sends it as a bearer token. Without it there is no such page.",
    example: "the output of: openssl rand -hex 32",
  },
] as const satisfies readonly Variable[];

export type VariableName = (typeof variables)[number]["name"];
