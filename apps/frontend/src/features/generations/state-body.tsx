"use client";

import { Ban, CircleAlert, Clock, Hourglass, ImageOff, ShieldAlert, type LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import type { GenerationView, OutputView } from "@cooly/contract";
import { format, t } from "../../messages/index.ts";
import { Icon } from "../../ui/icon.tsx";
import { ProgressLine } from "../../ui/progress-line.tsx";
import { moneySentence, settlementOf } from "./money.ts";

interface Props {
  readonly generation: GenerationView;
  readonly output: OutputView;
  readonly stands: number;
  /** How long such a generation usually takes, where that is known. */
  readonly usualMs: number | null;
  /** Buttons, at the foot of the frame. */
  readonly children?: ReactNode;
  /** Only the state, where the rest is told beside it. */
  readonly brief?: boolean;
}

/** What a frame says while there is no picture in it. */
export function StateBody(props: Props) {
  const { generation, output, children } = props;
  const canceling = generation.cancel_requested && (output.status === "queued" || output.status === "running");
  if (canceling) return <Says icon={Ban} title={t.tile.canceling} line />;
  switch (output.status) {
    case "queued":
      return <Says icon={Clock} title={t.tile.queued} body={props.usualMs === null ? undefined : t.tile.usually(props.usualMs)} actions={children} />;
    case "running":
      return <Says title={t.tile.running} figure={output.progress === null ? undefined : format.percent(output.progress)} line progress={output.progress} actions={children} />;
    case "finalizing":
      return <Says title={t.tile.finalizing} line />;
    case "unknown":
      return <Says icon={Hourglass} title={t.tile.unknown} body={props.brief ? undefined : t.tile.unknownBody(output.credits.quoted)} />;
    case "delivered":
      return <Says icon={ImageOff} title={t.tile.gone} />;
    case "refused":
    case "failed":
    case "canceled":
      return <Ended {...props} />;
  }
}

function Ended({ generation, output, stands, children, brief = false }: Props) {
  const money = moneySentence(settlementOf(generation, output, stands));
  const refused = output.status === "refused";
  const title = output.status === "canceled" ? t.tile.canceled : refused ? t.tile.refused : t.tile.failed;
  const icon = output.status === "canceled" ? Ban : refused ? ShieldAlert : CircleAlert;
  if (brief) return <Says icon={icon} title={title} />;
  const sentences = [output.error?.message, money, refused ? t.tile.refusedAdvice : undefined].filter(Boolean).join(" ");
  return <Says icon={icon} title={title} body={sentences} code={output.error?.code} actions={children} />;
}

interface SaysProps {
  readonly icon?: LucideIcon;
  readonly title: string;
  readonly figure?: string | undefined;
  readonly body?: string | undefined;
  readonly code?: string | undefined;
  readonly line?: boolean;
  readonly progress?: number | null;
  readonly actions?: ReactNode;
}

/** Frames may be very small: the words give way in the order in which they can be missed. The large view has them all. */
function Says({ icon, title, figure, body, code, line = false, progress = null, actions }: SaysProps) {
  return (
    <span className="relative flex [container-type:size] size-full flex-col overflow-hidden rounded-box border border-line bg-well">
      <span className="flex min-h-0 flex-1 flex-col gap-1 overflow-hidden p-2 text-small @min-[9rem]:p-3">
        <span className="flex shrink-0 items-start gap-1.5 text-ink">
          {icon ? <Icon of={icon} size={14} className="mt-px shrink-0" /> : null}
          <span className="line-clamp-2 min-w-0 font-strong">{title}</span>
          {figure ? <span className="figures ms-auto text-ink-soft">{figure}</span> : null}
        </span>
        {body ? <span className="hidden min-h-0 overflow-hidden text-ink-soft @min-[6.5rem]:line-clamp-2 [@container_(min-height:10rem)]:line-clamp-none">{body}</span> : null}
        {code ? <span className="hidden shrink-0 truncate font-mono text-small text-ink-faint [@container_(min-width:11rem)_and_(min-height:10rem)]:block">{code}</span> : null}
        {actions ? <span className="pointer-events-auto mt-auto hidden shrink-0 pt-1 @min-[8rem]:flex">{actions}</span> : null}
      </span>
      {line ? <ProgressLine value={progress} /> : null}
    </span>
  );
}
