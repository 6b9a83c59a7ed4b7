"use client";

export { CreateScreen } from "./create-screen.tsx";
