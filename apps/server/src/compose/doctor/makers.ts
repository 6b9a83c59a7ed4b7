/** Looks at what makes media: each provider by a call that costs nothing, and the library that reads what they deliver. */
import type { Finding } from "@cooly/engine/ports";
import type { Configuration } from "../configuration.ts";
import { loadDrives } from "../vendors.ts";
import { silent } from "./vendors.ts";

const PATIENCE_MS = 15_000;
/** A whole PNG of one pixel. */
const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";

export async function examineMakers(configuration: Configuration): Promise<readonly Finding[]> {
  const { providers, media, close } = await loadDrives({ configuration, publicUrl: configuration.text("PUBLIC_URL") ?? "http://localhost", log: silent });
  try {
    await media.inspect(Buffer.from(PIXEL, "base64"));
    const asked = [...providers.values()].map(async ({ id, examine }) =>
      examine ? examine(AbortSignal.timeout(PATIENCE_MS)) : [{ code: "provider.answers", level: "good" as const, says: `${id} works without a network.` }],
    );
    return (await Promise.all(asked)).flat();
  } finally {
    await close();
  }
}
