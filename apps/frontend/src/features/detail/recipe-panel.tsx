"use client";

import { Check, Copy } from "lucide-react";
import { useState, type ReactNode } from "react";
import { isTerminal, type GenerationView, type OutputView } from "@cooly/contract";
import { t } from "../../messages/index.ts";
import { Button, buttonClass } from "../../ui/button.tsx";
import { IconButton } from "../../ui/icon-button.tsx";
import { useCopy } from "../../ui/use-copy.ts";
import { useModels } from "../api/index.ts";
import { addressOf, fileName, isCancelable, isLost, promptOf, retriable, type Actions } from "../generations/index.ts";
import { useAsReference } from "../files/index.ts";
import { formFields } from "../recipe/index.ts";
import { Facts } from "./facts.tsx";

interface Props {
  readonly generation: GenerationView;
  readonly output: OutputView;
  readonly actions: Actions;
}

/** How it was made, what it cost, and what to do next. */
export function RecipePanel({ generation, output, actions }: Props) {
  const model = useModels().data?.find(({ id }) => id === generation.model);
  return (
    <aside aria-label={t.detail.recipe} className="flex flex-col gap-6 border-t border-line bg-sheet p-4 pb-[calc(2rem+env(safe-area-inset-bottom))] wide:min-h-0 wide:overflow-y-auto wide:border-s wide:border-t-0 wide:p-6">
      <Outcome generation={generation} output={output} actions={actions} />
      <Prompt text={promptOf(generation)} />
      <Presses generation={generation} output={output} actions={actions} />
      <Facts generation={generation} output={output} model={model} fields={model ? formFields(model.params) : []} />
    </aside>
  );
}

function Presses({ generation, output, actions }: Props) {
  const url = output.status === "delivered" ? addressOf(output).download : null;
  const reference = useAsReference();
  return (
    <div className="flex flex-wrap gap-2 empty:hidden">
      {isTerminal(generation.status) ? (
        <Button className="flex-1" onClick={() => actions.reuse(generation)}>
          {t.tile.reuse}
        </Button>
      ) : null}
      {url ? (
        <a href={url} download={fileName(generation, output)} data-testid="download" className={buttonClass("plain", "normal", "flex-1")}>
          {t.tile.download}
        </a>
      ) : null}
      {url && generation.kind === "image" ? (
        <Button className="flex-1" disabled={reference.busy} focusableWhenDisabled onClick={() => void reference.use(generation, output)}>
          {t.files.asReference}
        </Button>
      ) : null}
      {isCancelable(generation) ? (
        <Button className="flex-1" onClick={() => void actions.cancel(generation)}>
          {t.app.cancel}
        </Button>
      ) : null}
    </div>
  );
}

const LONG_PROMPT = 420;

function Prompt({ text }: { text: string }) {
  const { copied, copy } = useCopy();
  const [unfolded, setUnfolded] = useState(false);
  const long = text.length > LONG_PROMPT;
  const shown = long && !unfolded ? `${text.slice(0, LONG_PROMPT).trimEnd()}…` : text;
  return (
    <section className="flex flex-col gap-1">
      <div className="flex items-center justify-between">
        <h2 className="text-small text-ink-soft">{t.detail.prompt}</h2>
        <IconButton icon={copied ? Check : Copy} label={copied ? t.detail.copied : t.tile.copyPrompt} small className="-me-2" onClick={() => void copy(text)} />
      </div>
      <p dir="auto" className="break-words whitespace-pre-wrap">{shown || t.tile.noPrompt}</p>
      {long ? (
        <Button size="small" look="quiet" className="-ms-3 self-start" onClick={() => setUnfolded(!unfolded)}>
          {unfolded ? t.detail.showLess : t.detail.showAll}
        </Button>
      ) : null}
    </section>
  );
}

/** What went otherwise than planned, in full: the frame may have been too small for it. */
function Outcome({ generation, output, actions }: Props): ReactNode {
  if (output.status === "unknown") return <Message title={t.tile.unknown} body={t.tile.unknownBody(output.credits.quoted)} />;
  if (!isLost(output) || output.status === "canceled") return null;
  const lost = retriable(generation);
  return (
    <Message title={output.status === "refused" ? t.tile.refused : t.tile.failed} body={output.error?.message ?? ""} code={output.error?.code}>
      {output.status === "failed" && isTerminal(generation.status) ? (
        <Button size="small" className="self-start" onClick={() => void actions.retry(generation)}>
          {t.tile.retryCost(lost * output.credits.quoted)}
        </Button>
      ) : null}
      {output.status === "refused" ? <p className="text-ink-soft">{t.tile.refusedAdvice}</p> : null}
    </Message>
  );
}

interface MessageProps {
  readonly title: string;
  readonly body: string;
  readonly code?: string | undefined;
  readonly children?: ReactNode;
}

function Message({ title, body, code, children }: MessageProps) {
  return (
    <section className="flex flex-col gap-2 rounded-box border border-line bg-well p-3">
      <h2 className="font-strong">{title}</h2>
      <p className="text-ink-soft">{body}</p>
      {code ? <p className="font-mono text-small text-ink-faint">{code}</p> : null}
      {children}
    </section>
  );
}
