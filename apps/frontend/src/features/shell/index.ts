"use client";

export { Shell } from "./shell.tsx";
