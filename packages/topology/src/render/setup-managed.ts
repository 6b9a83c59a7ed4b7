/** What is set up once at the providers of the managed topology: files, and the commands that take them. */
import { namesOf, near, type Options } from "../schema/options.ts";
import { SUPABASE_SESSIONS } from "../topologies/managed.ts";
import { comment, jsonFile, made, type RenderedFile } from "./file.ts";

const script = (path: string, says: string, body: string): RenderedFile => ({
  path,
  executable: true,
  text: `#!/bin/sh\n${comment(`${says}\n${made("managed")}`)}\nset -eu\ncd "$(dirname "$0")"\n\n${body}`,
});

export const managedSetup = (options: Options): readonly RenderedFile[] => [...supabase(options), ...sqs(options), upstash(options), ...backblaze(options)];

const supabaseSql = ({ name }: Options): string => `-- ${made("managed")}
-- The role that Cooly works as, and a schema of its own. Supabase publishes the schema public by an API, to whoever has a key that
-- stands in web pages: tables there could be read past Cooly. Another schema is not published.
-- Run by supabase.sh.
\\getenv password COOLY_PASSWORD
select not exists (select from pg_roles where rolname = '${name}') as missing \\gset
\\if :missing
create role "${name}" login;
\\endif
alter role "${name}" password :'password';
alter role "${name}" set search_path = '${name}';
alter role "${name}" set idle_in_transaction_session_timeout = '10min';
grant "${name}" to postgres;
create schema if not exists "${name}" authorization "${name}";
revoke all on schema "${name}" from public, anon, authenticated;
`;

const supabase = (options: Options): readonly RenderedFile[] => [
  { path: "setup/supabase.sql", text: supabaseSql(options) },
  script(
    "setup/supabase.sh",
    `The role that Cooly works as, and a session pooler that is large enough.
ADMIN_URL: the session pooler's address of the user postgres (Supabase: Connect, Session pooler, port 5432).
COOLY_PASSWORD: a password of [A-Za-z0-9_-]. PROJECT_REF and SUPABASE_ACCESS_TOKEN: for the size of the pooler.

DATABASE_URL is then postgres://${options.name}.PROJECT_REF:PASSWORD@HOST:5432/postgres?sslmode=verify-full, with the pooler's host.
It is a session connection: LISTEN, migrations and advisory locks work, so DATABASE_DIRECT_URL is not needed. Port 6543 gives each
transaction another session: it is for functions that live for a moment, and Cooly has none.
The direct address (db.PROJECT_REF.supabase.co) is reached by IPv6 alone, which Render does not speak.
Supabase's root certificate (Settings, Database, SSL) is uploaded at Render as the secret file supabase-ca.crt of each service.`,
    `: "\${ADMIN_URL:?}" "\${COOLY_PASSWORD:?}" "\${PROJECT_REF:?}" "\${SUPABASE_ACCESS_TOKEN:?}"
psql "$ADMIN_URL" --no-psqlrc --set ON_ERROR_STOP=1 --file supabase.sql
curl --fail --silent --show-error --request PATCH "https://api.supabase.com/v1/projects/$PROJECT_REF/config/database/pooler" \\
  --header "authorization: Bearer $SUPABASE_ACCESS_TOKEN" --header "content-type: application/json" \\
  --data '{"default_pool_size": ${SUPABASE_SESSIONS}}'
`,
  ),
];

const HANDLES = ["sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];

const sqs = ({ name, region }: Options): readonly RenderedFile[] => [
  jsonFile("setup/sqs-policy.json", {
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Action: [...HANDLES, "sqs:ChangeMessageVisibility"], Resource: `arn:aws:sqs:${near[region].aws}:*:${name}` },
      { Effect: "Allow", Action: HANDLES, Resource: `arn:aws:sqs:${near[region].aws}:*:${name}-dlq` },
    ],
  }),
  script(
    "setup/sqs.sh",
    `The queue, its dead letter queue, and a user that may use these two and nothing else. Whoever runs it may do that at AWS.
Prints SQS_MAIN_QUEUE_URL, SQS_DLQ_QUEUE_URL, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY: the key is shown once.`,
    `export AWS_REGION=${near[region].aws}
cooly queue setup --name ${name}
aws iam get-user --user-name ${name}-queue >/dev/null 2>&1 || aws iam create-user --user-name ${name}-queue
aws iam put-user-policy --user-name ${name}-queue --policy-name ${name}-queue --policy-document file://sqs-policy.json
aws iam create-access-key --user-name ${name}-queue --query 'AccessKey.[AccessKeyId,SecretAccessKey]' --output text
`,
  ),
];

const upstash = ({ name, region }: Options): RenderedFile =>
  script(
    "setup/upstash.sh",
    `A Redis that does not evict, with TLS. Choose a fixed plan (250 MB is enough) in the console afterwards: by the request, an idle
installation alone costs more. UPSTASH_EMAIL and UPSTASH_API_KEY: of the account.
CACHE_URL is then rediss://default:PASSWORD@ENDPOINT:PORT, of what is printed. Sessions and rate limits are all that is kept there.`,
    `: "\${UPSTASH_EMAIL:?}" "\${UPSTASH_API_KEY:?}"
curl --fail --silent --show-error --user "$UPSTASH_EMAIL:$UPSTASH_API_KEY" --header "content-type: application/json" \\
  --data '{"name": "${name}-cache", "region": "global", "primary_region": "${near[region].aws}", "tls": true, "eviction": false}' \\
  https://api.upstash.com/v2/redis/database | jq --raw-output '"CACHE_URL=rediss://default:\\(.password)@\\(.endpoint):\\(.port)"'
`,
  );

const backblaze = (options: Options): readonly RenderedFile[] => {
  const origin = `https://${namesOf(options).studio.name}`;
  const rights = ["listAllBucketNames", "listBuckets", "listFiles", "readFiles", "writeFiles", "deleteFiles"];
  return [
    jsonFile("setup/b2-cors.json", [
      {
        corsRuleName: "studio",
        allowedOrigins: [origin],
        allowedOperations: ["s3_get", "s3_put"],
        allowedHeaders: ["content-type"],
        maxAgeSeconds: 3600,
      },
    ]),
    jsonFile("setup/b2-lifecycle.json", {
      fileNamePrefix: "",
      daysFromUploadingToHiding: null,
      daysFromHidingToDeleting: 1,
      daysFromStartingToCancelingUnfinishedLargeFiles: 1,
    }),
    script(
      "setup/b2.sh",
      `A private bucket, and a key for it alone: the account's own key does not work by S3.
Without the rule, B2 keeps (and bills) every version of what was deleted. BUCKET: a name that nobody in the world has yet.
Prints the account's S3 address, S3_ENDPOINT, in which S3_REGION stands: an account has one region, for all its buckets, and
${near[options.region].b2} is near. Then S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY: the key is shown once.`,
      `: "\${BUCKET:?}"
b2 account get | grep -o 'https://s3[^"]*' || true
b2 bucket create --default-server-side-encryption SSE-B2 --cors-rules "$(cat b2-cors.json)" --lifecycle-rule "$(cat b2-lifecycle.json)" "$BUCKET" allPrivate
b2 key create --bucket "$BUCKET" ${options.name} ${rights.join(",")}
`,
    ),
  ];
};
