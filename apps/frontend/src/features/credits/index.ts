"use client";

export { CreditsScreen } from "./credits-screen.tsx";
export { refreshLedger } from "./refresh-ledger.ts";
