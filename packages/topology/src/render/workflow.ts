/** A push to main -> checks, tests, and then one part after the other, each only when the one before it is live. */
import type { Topology } from "../schema/topology.ts";
import { made, yamlFile, type RenderedFile } from "./file.ts";

const CHECKOUT = "actions/checkout@v5";
const NODE = { uses: "actions/setup-node@v5", with: { "node-version": "24", cache: "npm" } };

/** Render's API, as a deploy hook does not say how it ended. */
const DEPLOY = `set -euo pipefail
api=https://api.render.com/v1
ask() { curl --fail --silent --show-error --max-time 30 --header "authorization: Bearer $RENDER_API_KEY" --header "content-type: application/json" "$@"; }
for name in $SERVICES; do
  id=$(ask "$api/services?name=$name&limit=1" | jq --exit-status --raw-output '.[0].service.id')
  deploy=$(ask --request POST --data "{\\"commitId\\":\\"$GITHUB_SHA\\"}" "$api/services/$id/deploys" | jq --exit-status --raw-output '.id')
  for _ in $(seq 180); do
    status=$(ask "$api/services/$id/deploys/$deploy" | jq --raw-output '.status')
    case "$status" in
      live) echo "$name is live"; continue 2 ;;
      *failed|canceled|deactivated) echo "::error::$name: $status"; exit 1 ;;
    esac
    sleep 5
  done
  echo "::error::$name is not live after 15 minutes"; exit 1
done
`;

export function workflowFile(topology: Topology): RenderedFile {
  const ours = topology.services.filter(({ host, kind }) => host === "render" && ["web", "worker", "tunnel"].includes(kind));
  // The API first: it brings the database's schema up, without which the others do not start.
  const inOrder = ours.toSorted((a, b) => Number(b.roles.includes("api")) - Number(a.roles.includes("api"))).map(({ id }) => id);
  const atVercel = topology.hosts.some(({ platform }) => platform === "vercel");
  const header = `Copy this to .github/workflows/deploy.yml.
Secrets of the repository: RENDER_API_KEY${atVercel ? ", VERCEL_TOKEN, VERCEL_ORG_ID, VERCEL_PROJECT_ID" : ""}.
${made(topology.kind)}`;
  return yamlFile("github-workflow.yml", header, {
    name: "Deploy",
    on: { push: { branches: ["main"] }, workflow_dispatch: {} },
    permissions: { contents: "read" },
    // A deployment that has begun is not cut off by the next.
    concurrency: { group: "deploy", "cancel-in-progress": false },
    jobs: {
      test: {
        "runs-on": "ubuntu-24.04",
        "timeout-minutes": 60,
        steps: [
          { uses: CHECKOUT },
          NODE,
          { run: "npm run check" },
          { name: "Test, as root: what the tests need is installed", run: 'sudo env "PATH=$PATH" npm test' },
        ],
      },
      render: {
        needs: "test",
        "runs-on": "ubuntu-24.04",
        "timeout-minutes": 60,
        environment: "production",
        steps: [
          { name: "Deploy to Render, one after the other", env: { RENDER_API_KEY: "${{ secrets.RENDER_API_KEY }}", SERVICES: inOrder.join(" ") }, run: DEPLOY },
        ],
      },
      ...(atVercel && { vercel: vercelJob }),
    },
  });
}

const VERCEL = "npx --yes vercel@48";

const vercelJob = {
  needs: "render",
  "runs-on": "ubuntu-24.04",
  "timeout-minutes": 30,
  environment: "production",
  env: {
    VERCEL_TOKEN: "${{ secrets.VERCEL_TOKEN }}",
    VERCEL_ORG_ID: "${{ secrets.VERCEL_ORG_ID }}",
    VERCEL_PROJECT_ID: "${{ secrets.VERCEL_PROJECT_ID }}",
  },
  steps: [
    { uses: CHECKOUT },
    NODE,
    { run: `${VERCEL} pull --yes --environment=production --token="$VERCEL_TOKEN"` },
    { run: `${VERCEL} build --prod --token="$VERCEL_TOKEN"` },
    { run: `${VERCEL} deploy --prebuilt --prod --token="$VERCEL_TOKEN"` },
  ],
};
