"use client";

import { needs, type Need, type Traffic } from "@cooly/topology/plan";
import type { ReactNode } from "react";
import { format, t } from "../../messages/index.ts";
import { Segments, Slide, Tick } from "../../ui/controls.tsx";
import { Section } from "../../ui/page-frame.tsx";
import { STEPS, stepOf } from "./scale.ts";

interface Props {
  readonly traffic: Traffic;
  readonly onChange: (change: Partial<Traffic>) => void;
}

/** Sliders for what moves the bill, live. */
export function TrafficForm({ traffic, onChange }: Props) {
  const videos = Math.round((100 * traffic.shares.video) / (traffic.shares.image + traffic.shares.video));
  return (
    <Section title={t.plan.traffic} help={t.plan.trafficHelp}>
      <div className="grid gap-x-8 gap-y-4 sm:grid-cols-2">
        <Knob
          label={t.plan.dailyUsers}
          says={format.integer(traffic.dailyUsers)}
          value={stepOf(traffic.dailyUsers)}
          max={STEPS.length - 1}
          onChange={(step) => onChange({ dailyUsers: STEPS[step]! })}
        />
        <Knob label={t.plan.generations} value={traffic.generationsPerUser} min={1} max={50} onChange={(generationsPerUser) => onChange({ generationsPerUser })} />
        <Knob label={t.plan.outputs} value={traffic.outputsPerGeneration} min={1} max={8} onChange={(outputsPerGeneration) => onChange({ outputsPerGeneration })} />
        <Knob
          label={t.plan.videos}
          says={t.plan.share(videos)}
          help={t.plan.videosHelp}
          value={videos}
          max={100}
          step={5}
          onChange={(video) => onChange({ shares: { image: 100 - video, video, audio: 0 } })}
        />
        <Knob
          label={t.plan.imageSize}
          says={t.plan.megabytes(traffic.sizes.image)}
          value={traffic.sizes.image}
          min={0.5}
          max={20}
          step={0.5}
          onChange={(image) => onChange({ sizes: { ...traffic.sizes, image } })}
        />
        <Knob
          label={t.plan.retention}
          says={t.plan.days(traffic.retentionDays)}
          value={Math.round(traffic.retentionDays / 30)}
          min={1}
          max={36}
          onChange={(months) => onChange({ retentionDays: months * 30 })}
        />
        <Choice label={t.plan.region}>
          <Segments label={t.plan.region} value={traffic.region} choices={choicesOf(t.plan.regions)} onChange={(region) => onChange({ region })} />
        </Choice>
        <Choice label={t.plan.currency}>
          <Segments label={t.plan.currency} value={traffic.currency} choices={choicesOf(t.plan.currencies)} onChange={(currency) => onChange({ currency })} />
        </Choice>
      </div>
      <fieldset className="flex flex-col gap-2">
        <legend className="pb-2">{t.plan.needs}</legend>
        {(Object.keys(needs) as Need[]).map((need) => (
          <Tick
            key={need}
            checked={traffic.needs.includes(need)}
            onChange={(on) => onChange({ needs: on ? [...traffic.needs, need] : traffic.needs.filter((other) => other !== need) })}
          >
            {t.plan.needNames[need]}
          </Tick>
        ))}
      </fieldset>
    </Section>
  );
}

const choicesOf = <Value extends string>(names: Readonly<Record<Value, string>>) =>
  (Object.entries(names) as [Value, string][]).map(([value, label]) => ({ value, label }));

interface KnobProps {
  readonly label: string;
  readonly value: number;
  readonly onChange: (value: number) => void;
  readonly says?: string;
  readonly help?: string;
  readonly min?: number;
  readonly max: number;
  readonly step?: number;
}

function Knob({ label, value, onChange, says = String(value), help, min = 0, max, step = 1 }: KnobProps) {
  return (
    <div>
      <div className="flex items-baseline justify-between gap-4">
        <span>{label}</span>
        <span className="figures text-ink-soft">{says}</span>
      </div>
      <Slide label={label} says={says} value={value} onChange={onChange} min={min} max={max} step={step} />
      {help ? <p className="text-small text-ink-soft">{help}</p> : null}
    </div>
  );
}

function Choice({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="flex flex-col gap-1">
      <span>{label}</span>
      {children}
    </div>
  );
}
