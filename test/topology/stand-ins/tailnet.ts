/** Where the machines with the stand-in of Tailscale meet: both ends dial out to it, and it hands bytes from one to the other. */
import { createServer, type Socket } from "node:net";
import { once } from "node:events";

interface Member {
  readonly ip: string;
  /** What it asked to be called, with a number where somebody has that name already. */
  readonly name: string;
  readonly control: Socket;
  online: boolean;
}

interface Message {
  readonly register?: { readonly key: string; readonly hostname: string };
  readonly logout?: true;
  readonly dial?: string;
  readonly port?: number;
  readonly accept?: number;
}

export interface Tailnet {
  close(): Promise<void>;
}

/** `key`: of whom it lets in. As the real one, it keeps the name of a machine that was killed and did not say goodbye. */
export async function startTailnet({ address, key }: { readonly address: string; readonly key: string }): Promise<Tailnet> {
  let members: readonly Member[] = [];
  const dialling = new Map<number, Socket>();
  const sockets = new Set<Socket>();
  let [joined, dialled] = [0, 0];
  const tell = (socket: Socket, message: unknown): void => void socket.write(`${JSON.stringify(message)}\n`);
  const announce = (): void => {
    const netmap = members.map(({ ip, name, online }) => ({ ip, name, online }));
    for (const { control, online } of members) if (online) tell(control, { netmap });
  };

  const register = (control: Socket, asked: NonNullable<Message["register"]>): void => {
    if (asked.key !== key) return tell(control, { refused: "invalid key" });
    const taken = (name: string): boolean => members.some((member) => member.name === name);
    let name = asked.hostname;
    for (let number = 1; taken(name); number++) name = `${asked.hostname}-${number}`;
    const member = { ip: `100.64.0.${++joined}`, name, control, online: true };
    members = [...members, member];
    tell(control, { registered: { ip: member.ip, name } });
    announce();
    control.once("close", () => {
      member.online = false;
      announce();
    });
  };

  const heard = (socket: Socket, { register: asked, logout, dial, port, accept }: Message): void => {
    if (asked) return register(socket, asked);
    if (logout) members = members.filter(({ control }) => control !== socket);
    if (dial) {
      const to = members.find(({ ip, online }) => ip === dial && online);
      if (!to) return void socket.destroy();
      dialling.set(++dialled, socket);
      tell(to.control, { open: { id: dialled, port } });
    }
    if (accept) {
      const from = dialling.get(accept);
      dialling.delete(accept);
      if (!from || from.destroyed) return void socket.destroy();
      // The one that dialled waits for a first byte to know that somebody is there.
      from.write("\n");
      socket.pipe(from).pipe(socket);
      socket.once("close", () => from.destroy());
      from.once("close", () => socket.destroy());
    }
  };

  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy()).once("close", () => sockets.delete(socket));
    onMessages(socket, (message) => heard(socket, message));
  });
  server.listen(443, address);
  await once(server, "listening");
  return {
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

/** A line each, until one after which the socket carries bytes. */
function onMessages(socket: Socket, heard: (message: Message) => void): void {
  let kept = "";
  const read = (part: Buffer): void => {
    kept += part.toString("latin1");
    for (let end = kept.indexOf("\n"); end >= 0; end = kept.indexOf("\n")) {
      const message = JSON.parse(kept.slice(0, end)) as Message;
      kept = kept.slice(end + 1);
      const carries = message.dial !== undefined || message.accept !== undefined;
      if (carries) {
        socket.off("data", read).pause();
        if (kept) socket.unshift(Buffer.from(kept, "latin1"));
      }
      heard(message);
      if (carries) return;
    }
  };
  socket.on("data", read);
}
