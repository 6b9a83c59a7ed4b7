import type { Options } from "../schema/options.ts";
import type { Topology } from "../schema/topology.ts";
import { composeFile } from "./compose.ts";
import { exampleFile } from "./example.ts";
import type { RenderedFile } from "./file.ts";
import { notesFile } from "./notes.ts";

const HOST = "machine";
const EXAMPLE = ".env.example";

export const renderLocal = (topology: Topology, options: Options): readonly RenderedFile[] => [
  composeFile(topology, {
    path: "docker-compose.yml",
    host: HOST,
    example: EXAMPLE,
    header: `For developing: PostgreSQL, Redis and an S3 server as deployments have them, on ports of this machine alone.
docker compose up -d --wait                 the parts
docker compose --profile app up -d --wait   and Cooly itself, built from these sources: http://localhost:3000
The passwords are no secrets: nothing here is reached from another machine.`,
  }),
  exampleFile(topology, options, { path: EXAMPLE, host: HOST, header: "Nothing of it has to be set." }),
  notesFile(topology, [{ title: "Beside it", text: beside(topology) }]),
];

/** For processes that run outside of containers, on these parts. */
function beside({ services, name }: Topology): string {
  const server = services.find(({ roles }) => roles.length > 0)!;
  const shown = ["DATABASE_URL", "REDIS_URL", "S3_ENDPOINT", "S3_BUCKET_NAME", "S3_REGION", "S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY"];
  const here = (value: string): string =>
    value.replaceAll(/\{\w+=([^}]*)\}/g, "$1").replaceAll(new RegExp(`${name}-(postgres|redis|storage)`, "g"), "127.0.0.1");
  return `A \`.env\` for \`cooly serve\` and the other verbs, run from the sources on these parts:\n\n\`\`\`\n${shown.map((key) => `${key}=${here(server.environment[key]!)}`).join("\n")}\n\`\`\``;
}
