import type { Options } from "../schema/options.ts";
import type { Topology } from "../schema/topology.ts";
import { blueprintFile } from "./blueprint.ts";
import { exampleFile } from "./example.ts";
import { comment, made, type RenderedFile } from "./file.ts";
import { notesFile } from "./notes.ts";
import { managedSetup } from "./setup-managed.ts";
import { vercelFile } from "./vercel.ts";
import { workflowFile } from "./workflow.ts";

export const renderManaged = (topology: Topology, options: Options): readonly RenderedFile[] => [
  vercelFile(topology),
  blueprintFile(topology, {
    path: "render.yaml",
    header: `The API and the workers at Render: New, Blueprint, with this file's path. Scaling needs the workspace plan Pro.
Asked for once, when it is made: what .env.managed.example lists. The workflow deploys afterwards, one service after the other:
while one is replaced, its old and its new instances hold database sessions side by side.`,
    generated: ["AUTH_SECRET", "METRICS_TOKEN"],
    admitted: [],
  }),
  workflowFile(topology),
  exampleFile(topology, options, {
    path: ".env.managed.example",
    host: "render",
    header: "What Render asks for when the blueprint is made. AUTH_SECRET and METRICS_TOKEN it makes by itself.",
  }),
  vercelExample(topology),
  ...managedSetup(options),
  notesFile(topology, [
    { title: "Files", text: FILES },
    { title: "In this order", text: ORDER },
  ]),
];

function vercelExample({ services }: Topology): RenderedFile {
  const { environment } = services.find(({ host }) => host === "vercel")!;
  const lines = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  return {
    path: ".env.vercel.example",
    text: `${comment(`Settings, Environment Variables of the project at Vercel; read at runtime.\n${made("managed")}`)}\n${lines.join("\n")}\n`,
  };
}

const FILES = `
* \`vercel.json\`: to apps/frontend, which is the root directory of the project at Vercel (a setting of the project, like its variables), and committed there.
* \`render.yaml\`: API, gen worker and keeper at Render.
* \`github-workflow.yml\`: to .github/workflows/deploy.yml. A push to main tests and deploys.
* \`setup/\`: PostgreSQL, queue, Redis and bucket, once.`;

const ORDER = `
1. \`setup/supabase.sh\`, \`setup/sqs.sh\`, \`setup/upstash.sh\`, \`setup/b2.sh\`; each says what it needs and what it prints.
2. Render: New, Blueprint. Fill in what is asked, upload the secret file supabase-ca.crt to each of the three services.
3. Vercel: import the repository with the root directory apps/frontend, set API_URL and the studio's domain. DNS: both names as Vercel and Render say.
4. The secrets of the workflow, and its first run.
5. In the shell of the gen worker: \`cooly doctor --topology managed\`. In that of the API: \`cooly seed --email you@example.com\`.`;
