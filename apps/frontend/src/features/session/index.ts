"use client";

export { CredentialsForm } from "./credentials-form.tsx";
export { leave } from "./leave.ts";
export { SessionGate } from "./session-gate.tsx";
