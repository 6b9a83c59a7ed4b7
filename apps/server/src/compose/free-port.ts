import { createServer } from "node:net";

const FIRST_PORT = 3000;
const PORTS = 100;

/** The port that is wanted, or the first free one from 3000. */
export async function choosePort(wanted: number | null, host: string): Promise<number> {
  if (wanted !== null) {
    return freePort(wanted, host).catch((error: unknown) => {
      throw new Error(`port ${wanted} is taken or not for this user to take; set COOLY_PORT to a free one`, { cause: error });
    });
  }
  for (let port = FIRST_PORT; port < FIRST_PORT + PORTS; port += 1) {
    const free = await freePort(port, host).catch(() => null);
    if (free !== null) return free;
  }
  throw new Error(`no free port from ${FIRST_PORT} to ${FIRST_PORT + PORTS - 1}; set COOLY_PORT`);
}

/** This port if it is free; 0 stands for any. */
export function freePort(port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(port, host, () => {
      const { port: free } = server.address() as { port: number };
      server.close(() => resolve(free));
    });
  });
}
