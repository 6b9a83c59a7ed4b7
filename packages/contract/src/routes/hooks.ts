import { z } from "zod";
import { defineRoute } from "./define.ts";

export const receiveHook = defineRoute({
  name: "hooks.receive",
  method: "POST",
  path: "/v1/hooks/:provider",
  summary: "Where providers tell what became of their tasks. Signed in each provider's own way; the same message twice is heard once.",
  access: "public",
  params: z.strictObject({ provider: z.string() }),
  success: { status: 200, body: z.strictObject({ received: z.literal(true) }).meta({ id: "HookReceived" }), description: "Kept; it is acted on later." },
  failures: ["invalid_signature", "not_found", "payload_too_large"],
});
