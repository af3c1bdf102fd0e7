import { cx } from "@/lib/cx";

export interface SwitchProps {
  checked: boolean;
  onChange: (checked: boolean) => void;
  id?: string;
  disabled?: boolean;
  /** Its name when no visible label is tied to it. */
  label?: string;
  "aria-describedby"?: string | undefined;
}

export function Switch({ checked, onChange, label, disabled, ...rest }: SwitchProps) {
  return (
    <button
      type="button"
      role="switch"
      aria-checked={checked}
      aria-label={label}
      disabled={disabled}
      onClick={() => onChange(!checked)}
      className={cx(
        "relative inline-flex h-4.5 w-8 shrink-0 items-center rounded-full border transition-colors disabled:opacity-50",
        checked ? "border-transparent bg-accent" : "border-line-strong bg-sunken",
      )}
      {...rest}
    >
      <span
        className={cx(
          "size-3 rounded-full transition-transform",
          checked ? "translate-x-4 bg-accent-fg" : "translate-x-0.5 bg-faint",
        )}
      />
    </button>
  );
}
