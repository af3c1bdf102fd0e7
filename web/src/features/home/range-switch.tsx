import { cx } from "@/lib/cx";
import { HOME_RANGES, type HomeRange } from "./ranges";

interface Props {
  readonly range: HomeRange;
  readonly onRange: (range: HomeRange) => void;
}

/** The window that the figures are of. */
export function RangeSwitch({ range, onRange }: Props) {
  return (
    <fieldset className="flex gap-0.5 rounded-lg border border-line bg-sunken p-0.5">
      <legend className="sr-only">Time range</legend>
      {HOME_RANGES.map(({ value, label }) => (
        <button
          key={value}
          type="button"
          aria-pressed={range === value}
          onClick={() => onRange(value)}
          className={cx(
            "h-7 rounded-md px-2.5 font-medium text-xs transition-colors",
            range === value ? "bg-surface text-fg shadow-card" : "text-muted hover:text-fg",
          )}
        >
          {label}
        </button>
      ))}
    </fieldset>
  );
}
