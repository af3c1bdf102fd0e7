import { LoaderCircle, type LucideIcon } from "lucide-react";
import type { ButtonHTMLAttributes, Ref } from "react";
import { cx } from "@/lib/cx";
import { Tooltip } from "./tooltip";

export type ButtonVariant = "primary" | "secondary" | "ghost" | "danger" | "danger-ghost";
export type ButtonSize = "sm" | "md" | "lg";

const VARIANTS: Record<ButtonVariant, string> = {
  primary: "bg-accent text-accent-fg border-transparent hover:bg-accent-hover",
  secondary: "bg-surface text-fg border-line-strong hover:bg-hover",
  ghost: "bg-transparent text-muted border-transparent hover:bg-hover hover:text-fg",
  danger: "bg-danger-solid text-white border-transparent hover:bg-danger-solid-hover",
  "danger-ghost": "bg-transparent text-danger border-transparent hover:bg-danger-soft",
};

const SIZES: Record<ButtonSize, string> = {
  sm: "h-7 px-2.5 text-xs gap-1.5",
  md: "h-8 px-3 text-sm gap-1.5",
  lg: "h-10 px-4 text-base gap-2",
};

/** The classes of a button, for a link that looks like one. */
export function buttonClass(variant: ButtonVariant = "secondary", size: ButtonSize = "md", extra?: string): string {
  return cx(
    "inline-flex shrink-0 select-none items-center justify-center whitespace-nowrap rounded-md border font-medium",
    "transition-colors disabled:pointer-events-none disabled:opacity-50 aria-disabled:opacity-50",
    VARIANTS[variant],
    SIZES[size],
    extra,
  );
}

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  variant?: ButtonVariant;
  size?: ButtonSize;
  icon?: LucideIcon;
  /** Shows that the work goes on and refuses a second press. */
  busy?: boolean;
  ref?: Ref<HTMLButtonElement>;
}

export function Button({
  variant = "secondary",
  size = "md",
  icon: Icon,
  busy = false,
  children,
  className,
  ...rest
}: ButtonProps) {
  const glyph = busy ? (
    <LoaderCircle aria-hidden className="size-3.5 animate-spin" />
  ) : (
    Icon && <Icon aria-hidden className="size-3.5 shrink-0" strokeWidth={2} />
  );
  return (
    <button
      type="button"
      {...rest}
      disabled={rest.disabled || busy}
      aria-busy={busy || undefined}
      className={buttonClass(variant, size, className)}
    >
      {glyph}
      {children}
    </button>
  );
}

export interface IconButtonProps extends Omit<ButtonProps, "children" | "icon"> {
  label: string;
  icon: LucideIcon;
  /** The key that does the same, shown in the tooltip. */
  shortcut?: string;
}

export function IconButton({
  label,
  icon: Icon,
  shortcut,
  variant = "ghost",
  size = "md",
  className,
  ...rest
}: IconButtonProps) {
  const box = { sm: "size-7", md: "size-8", lg: "size-10" }[size];
  return (
    <Tooltip text={label} {...(shortcut ? { shortcut } : {})}>
      <button
        type="button"
        {...rest}
        aria-label={label}
        className={cx(
          "inline-flex shrink-0 items-center justify-center rounded-md border transition-colors",
          "disabled:pointer-events-none disabled:opacity-50",
          VARIANTS[variant],
          box,
          className,
        )}
      >
        <Icon aria-hidden className="size-4" strokeWidth={1.9} />
      </button>
    </Tooltip>
  );
}
