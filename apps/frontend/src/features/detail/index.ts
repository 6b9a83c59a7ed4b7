"use client";

export { DetailHost } from "./detail-host.tsx";
export { useDetailOpen } from "./use-detail-target.ts";
