/** Names of the application that this one follows, and what became of each. */
export type Former = { readonly to: string; readonly why?: string } | { readonly gone: string };

const to = (name: string, why?: string): Former => ({ to: name, ...(why ? { why } : {}) });
const gone = (why: string): Former => ({ gone: why });

const tuning = "The pipeline paces itself; there is nothing to tune.";
const build = "The studio is built once for every deployment and reads nothing at build time.";
const demo = "The demo provider needs no switch: it is a model like any other.";

export const former: Readonly<Record<string, Former>> = {
  PRODUCTION_URL: to("DATABASE_URL"),
  USE_BULLMQ: to("QUEUE_DRIVER"),
  REDIS_HOST: to("REDIS_URL"),
  REDIS_PORT: to("REDIS_URL"),
  PREVIEW_DATABASE_URL: gone("A preview is an installation of its own, with its own DATABASE_URL."),
  PGPOOL_MAX: to("DATABASE_POOL_MAX"),
  B2_BUCKET_NAME: to("S3_BUCKET_NAME"),
  B2_REGION: to("S3_REGION"),
  B2_ENDPOINT: to("S3_ENDPOINT"),
  B2_ACCESS_KEY_ID: to("S3_ACCESS_KEY_ID"),
  B2_SECRET_ACCESS_KEY: to("S3_SECRET_ACCESS_KEY"),
  S3_PUBLIC_URL: to("S3_PUBLIC_ENDPOINT"),
  MINIO_ROOT_USER: to("S3_ACCESS_KEY_ID"),
  MINIO_ROOT_PASSWORD: to("S3_SECRET_ACCESS_KEY"),
  MINIO_DOMAIN: to("MEDIA_DOMAIN"),
  MINIO_CONSOLE_DOMAIN: to("CONSOLE_DOMAIN"),
  MINIO_API_PORT: gone("The S3 server is behind the proxy, and publishes no port."),
  MINIO_CONSOLE_PORT: gone("The S3 server is behind the proxy, and publishes no port."),
  AWS_IAM_COOLY_ACCESS_KEY_ID: to("AWS_ACCESS_KEY_ID"),
  AWS_IAM_COOLY_SECRET_ACCESS_KEY: to("AWS_SECRET_ACCESS_KEY"),
  FRONTEND_BASE_URL: to("FRONTEND_URL"),
  APP_BASE_URL: to("FRONTEND_URL"),
  PUBLIC_BASE_URL: to("PUBLIC_URL"),
  PUBLIC_API_BASE: to("PUBLIC_URL"),
  API_BASE: to("PUBLIC_URL"),
  NEXT_PUBLIC_API_BASE: to("API_URL", "read when the studio runs, not when it is built"),
  JWT_SECRET: to("AUTH_SECRET"),

  EXCHANGE_JWT_SECRET: gone("Previews sign people in by themselves."),
  ADMIN_PASSWORD: gone("`cooly seed` makes the first admin and shows the password once."),
  ADMIN_SECRET_KEY: gone("Nothing ever read it."),
  ADMIN_EMAIL: gone("`cooly seed --email` makes the first admin."),
  NODE_ENV: gone("Every process runs as in production."),
  ENV_NAME: gone("An installation has its own variables instead of a name for them."),
  DB_SSL: gone("TLS is part of DATABASE_URL: sslmode=require."),
  RATE_LIMIT_MAX: gone("It counted otherwise; see RATE_LIMIT_PER_MINUTE and RATE_LIMIT_IP_PER_MINUTE."),
  RESERVATION_TTL_SECONDS: gone("A hold ends with its verdict, not with its age."),
  LOG_SAMPLE_2XX_RATE: gone("Nothing is sampled; LOG_LEVEL chooses."),
  SQS_MAIN_QUEUE_NAME: gone("`cooly queue setup --name` makes the queues."),
  SQS_DLQ_QUEUE_NAME: gone("`cooly queue setup --name` makes the queues."),
  SQS_MAX_RECEIVE_COUNT: gone("`cooly queue setup` wires it."),
  AWS_ACCOUNT_ID: gone("It stands in the queue's address."),
  B2_IMAGES_FOLDER: gone("Keys are made from ids."),
  B2_VIDEOS_FOLDER: gone("Keys are made from ids."),
  ENABLE_ENQUEUE_FIRST: gone("Everything goes through the outbox, always."),
  ENABLE_OUTBOX: gone("Everything goes through the outbox, always."),
  FORCE_OUTBOX_ONLY: gone("Everything goes through the outbox, always."),
  ENABLE_SEEDANCE_SWEEPER: gone("The session sweeper does it for every model."),
  ENABLE_METRICS: gone("METRICS_TOKEN opens the figures."),
  VIDEO_PROVIDER: gone("Nothing ever read it."),
  POST_LOGIN_REDIRECT: gone("People come back to where they were."),
};

const patterns: readonly (readonly [RegExp, string])[] = [
  [/^(OUTBOX|CAPTURE_WORKER|SESSION_SWEEP|GEN_WORKER_SETTINGS|PG_RETRY|PGPOOL|SQS_(WAIT|VISIBILITY|IDLE|RETRY)|CB_DB)_/, tuning],
  [
    /^(IMG_MAX_MS|VIDEO_MAX_MS|VIDEO_NOTASK_TTL_MS|SEEDANCE_\w+_MS|SEEDANCE_SWEEP_BATCH|GENERATION_PAYLOAD_VERSION|FEATURE_FLAG_CACHE_MS|APP_SETTINGS_CACHE_MS|VEO31_\w+_MS|SORA_TIMEOUT_MS)$/,
    tuning,
  ],
  [/^(MAX_IMAGE_DOWNLOAD|MAX_REMOTE_DOWNLOAD|MAX_REF_IMAGE)_BYTES$/, "Results land on disk, up to 256 MiB each."],
  [/^MOCK_|_MOCK_(MIN|MAX)_MS$/, demo],
  [/^NEXT_PUBLIC_|^REVALIDATE_SECRET$/, build],
  [/^(DEBUG|LOAD_TEST|ENABLE_ADMIN_LOAD_TEST|ENABLE_PROVIDER_USAGE_LOGS)/, "`cooly bench` and the traces took its place."],
];

/** Addresses that others send people back to: they hold a name of the deployment, and are registered there too. */
export const redirects: Readonly<Record<string, string>> = {
  GOOGLE_REDIRECT_URI: "Google's console lists it too, under the credentials of this client",
  KIE_CALLBACK_URL: "the provider calls it",
  STRIPE_WEBHOOK_SECRET: "it belongs to one address: make a new endpoint for the new one at Stripe, and take its secret",
};

/** Vendors' keys and the like, of which this version reads none yet, or not all. They are carried along: nobody wants to look for them again. */
const CARRIED = /^(BYTEPLUS|RENDER_ARK|SEEDREAM\d*|SEEDANCE|SORA|OPENAI|FAL|WAVESPEED|GOOGLE|KIE|STRIPE|SMTP|EMAIL|GMAIL|POSTHOG|ANALYTICS|SANITY|VEO31)_/;

export const formerOf = (name: string): Former | null => {
  const known = Object.hasOwn(former, name) ? former[name] : undefined;
  if (known) return known;
  const why = patterns.find(([pattern]) => pattern.test(name))?.[1];
  return why === undefined ? null : { gone: why };
};

export const isCarried = (name: string): boolean => CARRIED.test(name);
