"use client";

export { PlanScreen } from "./plan-screen.tsx";
