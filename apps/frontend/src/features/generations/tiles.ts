import { isTerminal, parseSize, type GenerationView, type OutputView } from "@cooly/contract";
import type { Block } from "./justify.ts";

/** What one frame of the grid shows: an output, or a whole generation of which nothing came for one reason. */
export interface Tile {
  readonly key: string;
  readonly generation: GenerationView;
  readonly output: OutputView;
  /** How many outputs this frame stands for. */
  readonly stands: number;
}

const USUAL_ASPECT = { image: 1, video: 16 / 9, audio: 3 } as const;

/** Known before there is a picture: from the size asked for, and later from the file itself. */
export function aspectOf(generation: GenerationView, output: OutputView): number {
  if (output.width && output.height) return output.width / output.height;
  const asked = parseSize(generation.input["size"]);
  return asked ? asked.width / asked.height : USUAL_ASPECT[generation.kind];
}

/** Several outputs of which none was delivered, all for the same reason, are told once. */
export function isMerged({ status, outputs }: GenerationView): boolean {
  const [first] = outputs;
  if (!first || outputs.length < 2 || !isTerminal(status)) return false;
  return outputs.every((output) => output.status === first.status && output.status !== "delivered" && output.error?.code === first.error?.code);
}

export function tilesOf(generation: GenerationView): Tile[] {
  const { outputs } = generation;
  if (isMerged(generation)) return [{ key: generation.id, generation, output: outputs[0]!, stands: outputs.length }];
  return outputs.map((output) => ({ key: output.id, generation, output, stands: 1 }));
}

export function blockOf(generation: GenerationView, { together, heading }: { together: boolean; heading: string | null }): Block {
  return {
    key: generation.id,
    shapes: generation.outputs.map((output) => ({ key: output.id, aspect: aspectOf(generation, output) })),
    together,
    merged: isMerged(generation),
    heading,
  };
}

export const promptOf = ({ input }: GenerationView): string => (typeof input["prompt"] === "string" ? input["prompt"] : "");

/** "1024 × 768", from the file or from what was asked. */
export function sizeOf(generation: GenerationView, output: OutputView | undefined): string | null {
  if (output?.width && output.height) return `${output.width} × ${output.height}`;
  const asked = parseSize(generation.input["size"]);
  return asked ? `${asked.width} × ${asked.height}` : null;
}

export const isPending = ({ status }: OutputView): boolean => status === "queued" || status === "running" || status === "finalizing" || status === "unknown";
export const isLost = ({ status }: OutputView): boolean => status === "refused" || status === "failed" || status === "canceled";

/** Once the provider may have accepted everything there is nothing left to cancel. */
export const isCancelable = ({ status, cancel_requested: asked, outputs }: GenerationView): boolean =>
  !isTerminal(status) && !asked && outputs.some((output) => output.status === "queued" || output.status === "running");

/** The outputs that a retry would make again. */
export const retriable = ({ outputs }: GenerationView): number => outputs.filter(isLost).length;
