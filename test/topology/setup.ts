/** Builds the images in an engine of their own, which ends with the run. */
import type { TestProject } from "vitest/node";
import { engineAt } from "./docker.ts";
import { buildImages, makeAuthority } from "./images.ts";
import { endWorld, makeWorld, startEngine } from "./machine.ts";

declare module "vitest" {
  interface ProvidedContext {
    builder: string;
    caFile: string;
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  // Whoever works on a test keeps an engine that has built them all: half of the time is saved.
  const kept = process.env["TOPOLOGY_BUILDER"];
  const { caFile, ...authority } = makeAuthority(kept ? `${kept}.authority` : null);
  const { engine, close } = kept ? { engine: engineAt(kept), close: async () => undefined } : await startEngine("builder");
  try {
    await makeWorld();
    await buildImages(engine, authority);
  } catch (error) {
    await Promise.all([close(), endWorld()]);
    throw error;
  }
  project.provide("builder", engine.socket);
  project.provide("caFile", caFile);
  return async () => {
    await Promise.all([close(), endWorld()]);
  };
}
