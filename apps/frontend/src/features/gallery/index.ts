"use client";

export { GalleryScreen } from "./gallery-screen.tsx";
