import { useId } from "react";
import type { TeamType } from "@/api/types";
import { cx } from "@/lib/cx";
import { MODES } from "./modes";

interface Props {
  value: TeamType;
  onChange: (type: TeamType) => void;
  disabled?: boolean;
}

/** The modes as cards, of which one is chosen. */
export function ModeChoice({ value, onChange, disabled = false }: Props) {
  const name = useId();
  return (
    <fieldset className="grid gap-2 sm:grid-cols-2" disabled={disabled}>
      <legend className="sr-only">How the team works</legend>
      {MODES.map(({ value: mode, label, icon: Icon, how, use }) => (
        <label
          key={mode}
          className={cx(
            "flex items-start gap-2.5 rounded-lg border p-3 has-focus-visible:outline-2 has-focus-visible:outline-accent",
            mode === value ? "border-accent bg-accent-soft" : "border-line hover:bg-hover",
          )}
        >
          <input
            type="radio"
            name={name}
            value={mode}
            checked={mode === value}
            onChange={() => onChange(mode)}
            className="sr-only"
          />
          <Icon aria-hidden className={cx("mt-0.5 size-4 shrink-0", mode === value ? "text-accent-text" : "text-faint")} />
          <span className="min-w-0">
            <span className="block font-medium text-fg text-sm">{label}</span>
            <span className="block text-muted text-xs">
              {how} {use}
            </span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
