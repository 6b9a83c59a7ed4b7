"use client";

import { SlidersHorizontal } from "lucide-react";
import Link from "next/link";
import { useEffect, useRef, type KeyboardEvent } from "react";
import { t } from "../../messages/index.ts";
import { Button } from "../../ui/button.tsx";
import { cx } from "../../ui/cx.ts";
import { focusSoon } from "../../ui/focus-soon.ts";
import { Icon } from "../../ui/icon.tsx";
import { useStore } from "../../ui/store.ts";
import { changeDraft, countChanged, promptWish } from "../recipe/index.ts";
import { useDetailOpen } from "../detail/index.ts";
import { chipClass } from "./chip.ts";
import { CountChip } from "./count-chip.tsx";
import { ModelChip } from "./model-chip.tsx";
import { ShapeChip } from "./shape-chip.tsx";
import { promptField, type Composer } from "./use-composer.ts";

interface Props {
  readonly composer: Composer;
  readonly settingsOpen: boolean;
  readonly onSettings: () => void;
  readonly onCreate: () => void;
}

/** The one permanent control: what to make, with what, in which shape, how many, and what it costs. */
export function PromptBar({ composer, settingsOpen, onSettings, onCreate }: Props) {
  const { model, fields, values, errors, notice, missing } = composer;
  const field = promptField(fields);
  const error = field && errors[field.name];

  function onKeyDown(event: KeyboardEvent) {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    onCreate();
  }

  return (
    <form
      aria-label={t.create.title}
      onSubmit={(event) => {
        event.preventDefault();
        onCreate();
      }}
      onKeyDown={onKeyDown}
      className={cx("rounded-box border bg-sheet transition-colors duration-150 focus-within:border-line-strong", error ? "border-danger" : "border-line")}
    >
      <div className="grid grid-cols-[minmax(0,1fr)_auto] gap-x-2 p-2 [grid-template-areas:'prompt_press''chips_chips'] sm:[grid-template-areas:'prompt_prompt''chips_press']">
        <PromptBox composer={composer} error={error} />
        <div className="flex min-w-0 flex-wrap items-center gap-1 pt-1 [grid-area:chips]">
          {model ? (
            <>
              <ModelChip composer={composer} />
              <ShapeChip model={model} fields={fields} values={values} />
              {model.outputs.max > 1 ? <CountChip model={model} count={composer.count} /> : null}
              <button type="button" aria-expanded={settingsOpen} aria-controls="settings" onClick={onSettings} className={cx(chipClass, settingsOpen && "bg-well text-ink")}>
                <Icon of={SlidersHorizontal} />
                <span className="max-[24rem]:sr-only">{t.create.more}</span>
                <ChangedCount composer={composer} />
              </button>
            </>
          ) : null}
        </div>
        <div className="flex items-end [grid-area:press]">
          <CreateButton composer={composer} />
        </div>
      </div>
      <Lines error={error} notice={notice} missing={missing} />
    </form>
  );
}

function ChangedCount({ composer: { fields, values } }: { composer: Composer }) {
  const changed = countChanged(
    fields.filter(({ control }) => control !== "prompt" && control !== "size"),
    values,
  );
  if (changed === 0) return null;
  return (
    <span className="figures">
      <span aria-hidden>{changed}</span>
      <span className="sr-only">{t.create.changed(changed)}</span>
    </span>
  );
}

function PromptBox({ composer, error }: { composer: Composer; error: string | undefined }) {
  const box = useRef<HTMLTextAreaElement>(null);
  const { draft, model, fields, clearError } = composer;
  const field = promptField(fields);
  const wished = useStore(promptWish);
  const covered = useDetailOpen();

  useEffect(() => {
    if (!wished || covered) return;
    // The wish stands until it is fulfilled, so that nothing else takes the focus meanwhile.
    void focusSoon(() => box.current).then(() => {
      box.current?.setSelectionRange(box.current.value.length, box.current.value.length);
      promptWish.set(false);
    });
  }, [wished, covered]);

  return (
    <textarea
      ref={box}
      id="prompt"
      data-testid="prompt"
      rows={1}
      dir="auto"
      value={draft.prompt}
      aria-label={t.create.promptLabel}
      aria-invalid={error !== undefined}
      aria-describedby={error ? "prompt-error" : undefined}
      placeholder={t.create.placeholders[model?.kind ?? "image"]}
      // The arrows walk the pictures from there.
      onKeyDown={(event) => (event.key === "Escape" ? event.currentTarget.blur() : undefined)}
      onChange={(event) => {
        changeDraft({ prompt: event.target.value });
        if (field) clearError(field.name);
      }}
      className="field-sizing-content max-h-40 min-h-11 w-full resize-none bg-transparent px-2 py-2.5 text-field outline-none [grid-area:prompt] sm:max-h-64 sm:min-h-12"
    />
  );
}

function CreateButton({ composer: { model, cost, busy, loading } }: { composer: Composer }) {
  return (
    <Button type="submit" look="primary" disabled={busy || loading || !model} focusableWhenDisabled data-testid="create" className="!h-11 max-sm:flex-col max-sm:!gap-0 max-sm:!px-3 max-sm:leading-4 sm:!h-9">
      {t.create.button}
      {cost === null ? null : (
        <>
          <span className="sr-only"> - </span>
          <span aria-hidden className="hidden h-4 w-px bg-current opacity-40 sm:block" />
          <span className="figures font-normal max-sm:text-small">{t.create.cost(cost)}</span>
        </>
      )}
    </Button>
  );
}

interface LinesProps {
  readonly error: string | undefined;
  readonly notice: string | null;
  readonly missing: number;
}

/** What is wrong, below what it is about. */
function Lines({ error, notice, missing }: LinesProps) {
  const text = notice ?? (missing > 0 ? t.create.missing(missing) : null);
  if (error === undefined && text === null) return null;
  return (
    <div role="alert" className="flex flex-col gap-1 border-t border-line px-4 py-2 text-small">
      {error === undefined ? null : (
        <p id="prompt-error" className="text-danger">
          {error}
        </p>
      )}
      {text === null ? null : (
        <p>
          {text}{" "}
          {missing > 0 ? (
            <Link href="/credits" scroll={false} className="font-strong underline decoration-line-strong underline-offset-4 hover:decoration-ink">
              {t.create.whereCredits}
            </Link>
          ) : null}
        </p>
      )}
    </div>
  );
}
