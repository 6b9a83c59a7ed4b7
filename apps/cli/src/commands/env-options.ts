/** What the commands about files of variables have in common. */
import { hybridNetworks, Options, parseEnvironmentFile, topologies, type EnvironmentFile, type EnvironmentOptions, type TopologyName } from "@cooly/topology";
import { z } from "zod";
import { Misuse } from "../arguments.ts";
import type { World } from "../command.ts";

const names = topologies.join(", ").replace(/, (\w+)$/, " or $1");

export const topology = (description: string) => z.enum(topologies, { error: `must be ${names}` }).meta({ description });

export const options = {
  domain: Options.shape.domain.unwrap().optional().meta({ description: "The studio's name in the world; the API's and the others are below it." }),
  name: Options.shape.name
    .unwrap()
    .optional()
    .meta({ description: "What the names of services begin with, as `cooly deploy render --name` was told. Default: cooly." }),
  objectStore: z.enum(["garage", "seaweedfs", "external"], { error: "must be garage, seaweedfs or external" }).optional().meta({
    description: "Who keeps media: an S3 server of your own, or a bucket elsewhere. Default: garage on a server, seaweedfs for developing, else external.",
  }),
  network: z
    .enum(hybridNetworks, { error: "must be outbound, tls, tunnel or allowlist" })
    .optional()
    .meta({ description: "Of hybrid: how its two sides meet: outbound (default), tls, tunnel or allowlist." }),
};

export const force = z.boolean().default(false).meta({ description: "Write over a file that is there." });
export const showSecrets = z.boolean().default(false).meta({ description: "Show the values of secrets as well." });

/** Without members that nobody gave. */
export const chosen = ({
  domain,
  name,
  objectStore,
  network,
}: { [Name in keyof EnvironmentOptions]: EnvironmentOptions[Name] | undefined }): EnvironmentOptions => ({
  ...(domain === undefined ? {} : { domain }),
  ...(name === undefined ? {} : { name }),
  ...(objectStore === undefined ? {} : { objectStore }),
  ...(network === undefined ? {} : { network }),
});

export async function readEnvironment(world: World, path: string): Promise<EnvironmentFile> {
  const text = await world.readFile(path);
  if (text === null) throw new Misuse(`there is no file ${path}`);
  return parseEnvironmentFile(text);
}

/** Files that `NAME_FILE` names are read beforehand, as looks are pure. */
export async function readNamedFiles(world: World, values: ReadonlyMap<string, string>): Promise<(path: string) => string> {
  const paths = [...values].filter(([name]) => name.endsWith("_FILE")).map(([, path]) => path);
  const texts = new Map<string, string | null>();
  for (const path of paths) texts.set(path, await world.readFile(path).catch(() => null));
  return (path) => {
    const text = texts.get(path) ?? null;
    if (text === null) throw new Error(`${path} cannot be read`);
    return text;
  };
}

export const titleOf = (name: TopologyName): string => `Cooly, topology ${name}. Written by \`cooly env\`.`;
