"use client";

import { ChevronDown, X } from "lucide-react";
import { useState } from "react";
import { t } from "../../messages/index.ts";
import { CardDialog } from "../../ui/dialog.tsx";
import { cx } from "../../ui/cx.ts";
import { Icon } from "../../ui/icon.tsx";
import { IconButton } from "../../ui/icon-button.tsx";
import { changeValue, countChanged, resetValues, type FormField } from "../recipe/index.ts";
import { ResetButton, SettingsField } from "./settings-fields.tsx";
import type { Composer } from "./use-composer.ts";

interface Props {
  readonly composer: Composer;
  readonly onClose: () => void;
}

/** Beside the canvas, which makes room for it. */
export function SettingsPanel({ composer, onClose }: Props) {
  return (
    <aside id="settings" aria-label={t.create.moreTitle} className="sticky top-(--line-height) flex h-[calc(100dvh-var(--line-height))] w-80 shrink-0 flex-col border-s border-line bg-sheet">
      <header className="flex h-14 shrink-0 items-center justify-between gap-2 border-b border-line ps-4 pe-2">
        <h2 className="font-strong">{t.create.moreTitle}</h2>
        <IconButton icon={X} label={t.app.close} small onClick={onClose} />
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto overscroll-contain p-4">
        <SettingsForm composer={composer} />
      </div>
    </aside>
  );
}

export function SettingsSheet({ composer, open, onClose }: Props & { open: boolean }) {
  return (
    <CardDialog open={open} onClose={onClose} title={t.create.moreTitle} closeLabel={t.app.close}>
      <SettingsForm composer={composer} />
    </CardDialog>
  );
}

function SettingsForm({ composer }: { composer: Composer }) {
  const { fields, values, model, errors } = composer;
  const [unfolded, setUnfolded] = useState(true);
  const main = fields.filter(({ group }) => group === "main");
  const advanced = fields.filter(({ group }) => group === "advanced");
  const changed = countChanged([...main, ...advanced], values);
  if (!model) return null;
  // A complaint about a folded field would not be seen.
  const shown = unfolded || advanced.some(({ name }) => errors[name] !== undefined);
  return (
    <div className="flex flex-col gap-6">
      <Fields fields={main} composer={composer} />
      {advanced.length === 0 ? null : (
        <section className="flex flex-col gap-6 border-t border-line pt-4">
          <button type="button" aria-expanded={shown} onClick={() => setUnfolded(!shown)} className="flex items-center justify-between rounded-box text-ink-soft hover:text-ink">
            {t.create.advanced}
            <Icon of={ChevronDown} className={cx("transition-transform duration-150", !shown && "-rotate-90 rtl:rotate-90")} />
          </button>
          {shown ? <Fields fields={advanced} composer={composer} /> : null}
        </section>
      )}
      {changed > 0 ? (
        <div className="flex items-center justify-between gap-4 border-t border-line pt-4 text-small text-ink-soft">
          {t.create.changed(changed)}
          <ResetButton onReset={() => resetValues(model.id)} />
        </div>
      ) : null}
    </div>
  );
}

function Fields({ fields, composer }: { fields: readonly FormField[]; composer: Composer }) {
  const { values, model, errors, clearError } = composer;
  if (!model) return null;
  return fields.map((field) => (
    <SettingsField
      key={field.name}
      field={field}
      values={values}
      error={errors[field.name]}
      onChange={(value) => {
        changeValue(model.id, field.name, value ?? undefined);
        clearError(field.name);
      }}
    />
  ));
}
