/** `node packaged-engine.ts MODULE FLAG...`: the packaged speech engine as a program, text in and WAV out, as the system's one is. */
import { buffer } from "node:stream/consumers";
import { pathToFileURL } from "node:url";

interface Files {
  writeFile(path: string, bytes: Uint8Array): void;
  readFile(path: string): Uint8Array;
}

interface Engine {
  readonly FS: Files;
}

type Load = (options: {
  arguments: readonly string[];
  preRun: readonly ((engine: Engine) => void)[];
  print: (line: string) => void;
  printErr: (line: string) => void;
}) => Promise<Engine>;

const [module, ...flags] = process.argv.slice(2);
const text = await buffer(process.stdin);
const { default: load } = (await import(pathToFileURL(module!).href)) as { default: Load };
// The engine draws its noise from a number that it takes from the clock: the same text is to make the same bytes.
Date.now = () => 0;
performance.now = () => 0;
Math.random = () => 0.5;
const quiet = (): void => undefined;
const engine = await load({
  arguments: [...flags, "-f", "/text", "-w", "/speech.wav"],
  preRun: [({ FS }) => FS.writeFile("/text", text)],
  print: quiet,
  printErr: quiet,
});
process.stdout.write(engine.FS.readFile("/speech.wav"));
