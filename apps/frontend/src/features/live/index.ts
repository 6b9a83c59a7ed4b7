"use client";

export { Announcer, announce } from "./announcer.tsx";
export { connection } from "./connection.ts";
export { useLive } from "./use-live.ts";
