import { availableParallelism } from "node:os";
import type { Provider, Started } from "@cooly/engine/ports";
import { createPool } from "./pool.ts";

/** A procedural painter for trying things out: real pictures, no model, no network, no bill. */
export function createDemoProvider(options: { readonly threads?: number } = {}): Provider & { close(): Promise<void> } {
  const pool = createPool(options.threads ?? Math.max(1, availableParallelism() - 1));
  return {
    id: "demo",
    resubmit: "free",
    async start(job, signal): Promise<Started> {
      if (job.upstreamId !== "painter") return { kind: "failed", class: "permanent", message: `The demo provider has no ${job.upstreamId}.` };
      const { prompt, size, style, format } = job.input;
      const [width, height] = String(size).split("x").map(Number) as [number, number];
      const file = format === "webp" ? "webp" : "png";
      await job.sending();
      const order = { prompt: String(prompt), seed: job.seed, width, height, style: String(style ?? "auto"), format: file } as const;
      const body = await pool.paint(order, { signal, onProgress: (share) => job.progress(share) });
      return { kind: "delivered", result: { from: "bytes", body } };
    },
    close: () => pool.close(),
  };
}
