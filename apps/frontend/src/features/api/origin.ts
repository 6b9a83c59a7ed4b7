let asked: Promise<string> | null = null;

/** Where the API is: "" for this very origin, which is the default. Asked once per page load. */
export function apiOrigin(): Promise<string> {
  asked ??= ask().catch((error: unknown) => {
    asked = null;
    throw error;
  });
  return asked;
}

async function ask(): Promise<string> {
  const reply = await fetch("/runtime-config", { cache: "no-store" });
  if (!reply.ok) throw new Error(`runtime-config answered ${reply.status}`);
  const { api_url } = (await reply.json()) as { api_url: string | null };
  return originOf(api_url);
}

/** Accepts an origin or an address below it; paths are ours to add. */
export const originOf = (apiUrl: string | null): string => (apiUrl ? new URL(apiUrl).origin : "");
