/** A command at a real terminal, as util-linux' and BSD's `script` open one: the other end of it is typed at and read. */
import { spawn } from "node:child_process";

export interface Terminal {
  /** What has been shown so far, what was typed too where it is echoed. */
  shown(): string;
  shows(words: string): Promise<void>;
  type(keys: string): void;
  readonly ended: Promise<void>;
}

/** `line` is a shell's. */
export function openTerminal(line: string, env: NodeJS.ProcessEnv): Terminal {
  const words = process.platform === "darwin" ? ["-q", "/dev/null", "sh", "-c", line] : ["-qec", line, "/dev/null"];
  const script = spawn("script", words, { env: { ...env, SHELL: "/bin/sh" }, stdio: ["pipe", "pipe", "inherit"] });
  let text = "";
  const waiting = new Set<() => void>();
  script.stdout.on("data", (chunk: Buffer) => {
    text += chunk.toString();
    for (const look of waiting) look();
  });
  const ended = new Promise<void>((resolve, reject) => {
    script.once("error", (cause) => reject(new Error("script opens no terminal; it is in Debian's bsdutils", { cause })));
    script.once("close", () => resolve());
  });
  return {
    shown: () => text,
    shows: (wanted) =>
      new Promise((resolve, reject) => {
        const look = (): void => void (text.includes(wanted) && (waiting.delete(look), resolve()));
        waiting.add(look);
        look();
        void ended.then(() => reject(new Error(`it ended without ${wanted}: ${text}`)), reject);
      }),
    type: (keys) => void script.stdin.write(keys),
    ended,
  };
}
