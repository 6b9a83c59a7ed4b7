/** How the parts of a machine of one's own are reached: what the variables say and what the rendered files say, written once. */
export const storePorts = { garage: { s3: 3900, console: 3903 }, seaweedfs: { s3: 8333, console: 23_646 } } as const;
export const storeRegions = { garage: "garage", seaweedfs: "us-east-1" } as const;

export const databaseUrl = (host: string): string => `postgres://cooly:{POSTGRES_PASSWORD}@${host}:5432/cooly`;
export const redisUrl = (host: string): string => `redis://cooly:{REDIS_PASSWORD}@${host}:6379`;

/** Render's proxies before a service: Cloudflare's, and two of its own. */
export const RENDER_HOPS = 3;
/** Small, as old and new processes run side by side while they are replaced, and share the pooler's sessions. */
export const MANAGED_POOL = 4;
