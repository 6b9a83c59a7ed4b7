/** `/healthz`, `/readyz` and `/metrics` of a process that has no API. */
import type { RequestListener, ServerResponse } from "node:http";
import type { Readiness } from "../api/parts.ts";
import type { Meters } from "../metrics/meters.ts";
import { opens } from "../metrics/token.ts";

export interface HealthParts {
  readonly check: () => Promise<Readiness>;
  readonly meters: Meters;
  /** Null: there is no /metrics. */
  readonly metricsToken: string | null;
}

export function createHealth({ check, meters, metricsToken }: HealthParts): RequestListener {
  return (request, response) => {
    const answer = (status: number, body: object): void => {
      response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" }).end(JSON.stringify(body));
    };
    const path = request.url?.split("?")[0];
    if (path === "/healthz") return answer(200, { status: "ok" });
    if (path === "/metrics" && metricsToken !== null) {
      if (!opens(request.headers.authorization, metricsToken)) return answer(401, { status: "unauthenticated" });
      return void sendFigures(response, meters);
    }
    if (path !== "/readyz") return answer(404, { status: "not_found" });
    void check().then((checks) => {
      const ready = Object.values(checks).every(({ status }) => status === "up");
      answer(ready ? 200 : 503, { status: ready ? "ready" : "not_ready", checks });
    });
  };
}

async function sendFigures(response: ServerResponse, meters: Meters): Promise<void> {
  const { mediaType, text } = await meters.render();
  response.writeHead(200, { "content-type": mediaType, "cache-control": "no-store" }).end(text);
}
