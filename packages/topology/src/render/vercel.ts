/** The studio at Vercel. Its root directory and its variables are settings of the project, which no file can hold. */
import type { Topology } from "../schema/topology.ts";
import { jsonFile, type RenderedFile } from "./file.ts";

export function vercelFile({ hosts }: Topology): RenderedFile {
  const { region } = hosts.find(({ platform }) => platform === "vercel")!;
  return jsonFile("vercel.json", {
    $schema: "https://openapi.vercel.sh/vercel.json",
    framework: "nextjs",
    installCommand: "cd ../.. && npm ci --ignore-scripts --no-audit --no-fund",
    buildCommand: "next build",
    regions: [region],
    git: { deploymentEnabled: false },
    headers: [
      {
        source: "/(.*)",
        headers: [
          { key: "strict-transport-security", value: "max-age=31536000" },
          { key: "x-content-type-options", value: "nosniff" },
          { key: "referrer-policy", value: "strict-origin-when-cross-origin" },
          { key: "x-frame-options", value: "DENY" },
        ],
      },
    ],
  });
}
