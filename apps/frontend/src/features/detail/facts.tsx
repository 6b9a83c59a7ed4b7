"use client";

import type { ReactNode } from "react";
import type { GenerationView, ModelView, OutputView } from "@cooly/contract";
import { format, t } from "../../messages/index.ts";
import { useNow } from "../../ui/use-now.ts";
import { sizeOf } from "../generations/index.ts";
import type { FormField } from "../recipe/index.ts";
import { CopyValue } from "./copy-value.tsx";

interface Props {
  readonly generation: GenerationView;
  readonly output: OutputView;
  readonly model: ModelView | undefined;
  readonly fields: readonly FormField[];
}

/** The figures, each on its line. */
export function Facts({ generation, output, model, fields }: Props) {
  const { timings, outputs, created_at: createdAt } = generation;
  const now = useNow(30_000);
  const size = sizeOf(generation, output);
  return (
    <dl className="flex flex-col">
      <Fact name={t.detail.model}>{model?.name ?? generation.model}</Fact>
      {size ? <Fact name={t.detail.size}>{size}</Fact> : null}
      {output.duration_ms === null ? null : <Fact name={t.detail.lasts}>{format.duration(output.duration_ms)}</Fact>}
      {output.seed === null ? null : (
        <Fact name={t.detail.seed}>
          {output.seed} <CopyValue text={String(output.seed)} label={t.detail.copySeed} />
        </Fact>
      )}
      <Settings generation={generation} fields={fields} />
      <Fact name={t.detail.created}>
        <time dateTime={createdAt} title={format.ago(createdAt, now)}>
          {format.moment(createdAt)}
        </time>
      </Fact>
      {timings.total_ms === null ? null : <Fact name={t.detail.took}>{format.duration(timings.total_ms)}</Fact>}
      <File output={output} />
      <Origin output={output} />
      <Money output={output} />
      {outputs.length > 1 ? <Fact name={t.detail.batch}>{t.tile.place(output.index + 1, outputs.length)}</Fact> : null}
      {generation.warnings.map(({ code, message }) => (
        <Fact key={code} name={t.detail.warnings}>
          {message}
        </Fact>
      ))}
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="flex items-baseline justify-between gap-6 border-t border-line py-2 first:border-t-0">
      <dt className="shrink-0 text-ink-soft">{name}</dt>
      <dd className="figures min-w-0 text-end break-words">{children}</dd>
    </div>
  );
}

/** What else was chosen, by the names that the form gives it. */
function Settings({ generation: { input }, fields }: { generation: GenerationView; fields: readonly FormField[] }) {
  const chosen = fields.filter(({ name, control }) => control !== "prompt" && control !== "size" && control !== "seed" && input[name] !== undefined);
  return chosen.map((field) => (
    <Fact key={field.name} name={field.label}>
      {field.file ? t.files.given([input[field.name]].flat().length) : (field.choices.find(({ value }) => value === input[field.name])?.label ?? String(input[field.name]))}
    </Fact>
  ));
}

const SHORT_HASH = 12;
/** What people call them, where the type's own name is another. */
const formats: Readonly<Record<string, string>> = { "audio/mpeg": "MP3", "audio/mp4": "M4A", "video/quicktime": "MOV" };
const formatOf = (mime: string): string => formats[mime] ?? (mime.split("/")[1] ?? mime).toUpperCase();

function File({ output: { bytes, mime, sha256 } }: { output: OutputView }) {
  return (
    <>
      {mime && bytes ? <Fact name={t.detail.file}>{`${formatOf(mime)}, ${format.bytes(bytes)}`}</Fact> : null}
      {sha256 ? (
        <Fact name={t.detail.sha}>
          <span className="font-mono text-small" title={sha256}>
            {sha256.slice(0, SHORT_HASH)}
          </span>{" "}
          <CopyValue text={sha256} label={t.detail.copySha} />
        </Fact>
      ) : null}
    </>
  );
}

/** What the file says of how it was made, where it says something, and what that means. */
function Origin({ output: { provenance } }: { output: OutputView }) {
  if (provenance === null) return null;
  const { says, means } = t.detail.origins[provenance];
  return (
    <div data-testid="origin" className="flex flex-wrap items-baseline justify-between gap-x-6 gap-y-1 border-t border-line py-2">
      <dt className="shrink-0 text-ink-soft">{t.detail.origin}</dt>
      <dd className="text-end">{says}</dd>
      <dd className="basis-full text-small text-ink-soft">{means}</dd>
    </div>
  );
}

/** Quoted, and what became of it, for this output. */
function Money({ output: { credits } }: { output: OutputView }) {
  const held = credits.quoted - credits.charged - credits.released;
  return (
    <>
      <Fact name={t.detail.quoted}>{t.app.credits(credits.quoted)}</Fact>
      {credits.charged > 0 ? <Fact name={t.detail.charged}>{t.app.credits(credits.charged)}</Fact> : null}
      {credits.released > 0 ? <Fact name={t.detail.released}>{t.app.credits(credits.released)}</Fact> : null}
      {held > 0 ? <Fact name={t.detail.held}>{t.app.credits(held)}</Fact> : null}
    </>
  );
}
