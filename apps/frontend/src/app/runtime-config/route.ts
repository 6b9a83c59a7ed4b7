// Asked of the running process, never of the build: one image serves every deployment.
export const dynamic = "force-dynamic";

/** What the browser must know to find the API. The only place of the studio that reads the environment. */
export function GET(): Response {
  return Response.json({ api_url: process.env["API_URL"] ?? null }, { headers: { "cache-control": "no-store" } });
}
