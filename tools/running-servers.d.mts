/** Process ids of the servers that have noted themselves in this folder and live. */
export function runningServers(folder: string): number[];
