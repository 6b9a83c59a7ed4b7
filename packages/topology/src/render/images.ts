/** Images are made where there is room for it: a machine that serves people is not the place to build a studio. */
import type { Options } from "../schema/options.ts";
import type { Topology } from "../schema/topology.ts";
import { made, yamlFile, type RenderedFile } from "./file.ts";

export function imagesFile({ kind }: Topology, { registry }: Options): RenderedFile {
  const { server, asks, login } = accountAt(registry);
  const header = `Copy this to .github/workflows/images.yml. A tag v1.2.3 makes the images 1.2.3 of server and studio, for amd64 and arm64.
${asks}${made(kind)}`;
  return yamlFile("github-images.yml", header, {
    name: "Images",
    on: { push: { tags: ["v*"] } },
    permissions: { contents: "read", packages: "write" },
    jobs: {
      images: {
        "runs-on": "ubuntu-24.04",
        "timeout-minutes": 60,
        strategy: { matrix: { include: IMAGES } },
        steps: [
          { uses: "actions/checkout@v5" },
          { uses: "docker/setup-qemu-action@v3" },
          { uses: "docker/setup-buildx-action@v3" },
          { uses: "docker/login-action@v3", with: { registry: server, ...login } },
          { run: 'echo "version=${GITHUB_REF_NAME#v}" >> "$GITHUB_ENV"' },
          {
            uses: "docker/build-push-action@v6",
            with: {
              context: ".",
              file: "${{ matrix.file }}",
              platforms: "linux/amd64,linux/arm64",
              push: true,
              provenance: true,
              sbom: true,
              tags: `${registry}/\${{ matrix.image }}:\${{ env.version }}`,
              "build-args": "VERSION=${{ env.version }}\nREVISION=${{ github.sha }}\n",
            },
          },
        ],
      },
    },
  });
}

/** GitHub's own registry takes the workflow's token, and no other does. A name without a server is one of Docker Hub. */
function accountAt(registry: string) {
  const [first = ""] = registry.split("/");
  const server = /[.:]/.test(first) ? first : "docker.io";
  if (server === "ghcr.io") return { server, asks: "", login: { username: "${{ github.actor }}", password: "${{ secrets.GITHUB_TOKEN }}" } };
  return {
    server,
    asks: `Secrets of the repository: REGISTRY_USERNAME, REGISTRY_PASSWORD, of an account that may push to ${registry}.\n`,
    login: { username: "${{ secrets.REGISTRY_USERNAME }}", password: "${{ secrets.REGISTRY_PASSWORD }}" },
  };
}

const IMAGES = [
  { image: "cooly-server", file: "Dockerfile" },
  { image: "cooly-frontend", file: "apps/frontend/Dockerfile" },
];
