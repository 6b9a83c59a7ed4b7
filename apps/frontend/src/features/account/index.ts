"use client";

export { AccountScreen } from "./account-screen.tsx";
