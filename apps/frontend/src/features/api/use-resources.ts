"use client";

import { useQuery } from "@tanstack/react-query";
import { keys } from "./keys.ts";
import { api } from "./resources.ts";

const SELDOM_MS = 5 * 60_000;

export const useConfig = () => useQuery({ queryKey: keys.config, queryFn: api.config, staleTime: SELDOM_MS });
export const useMe = () => useQuery({ queryKey: keys.me, queryFn: api.me, staleTime: SELDOM_MS });
export const useModels = () => useQuery({ queryKey: keys.models, queryFn: async () => (await api.models()).data, staleTime: SELDOM_MS });
export const useCredits = () => useQuery({ queryKey: keys.credits, queryFn: api.credits });
