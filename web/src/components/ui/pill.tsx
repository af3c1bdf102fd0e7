import { X } from "lucide-react";
import type { ReactNode } from "react";
import { cx } from "@/lib/cx";

export interface PillProps {
  children: ReactNode;
  /** A pill that can be chosen; `aria-pressed` tells which are. */
  pressed?: boolean;
  onClick?: () => void;
  /** A pill that can be removed. */
  onRemove?: () => void;
  removeLabel?: string;
  count?: number | undefined;
}

/** A small choice or filter. */
export function Pill({ children, pressed, onClick, onRemove, removeLabel, count }: PillProps) {
  const className = cx(
    "inline-flex h-7 shrink-0 items-center gap-1.5 whitespace-nowrap rounded-full border px-2.5 text-xs transition-colors",
    pressed ? "border-accent bg-accent-soft font-medium text-accent-text" : "border-line-strong bg-surface text-muted",
    onClick && !pressed && "hover:bg-hover hover:text-fg",
  );
  const body = (
    <>
      {children}
      {count !== undefined && <span className="text-2xs tabular-nums opacity-80">{count}</span>}
    </>
  );
  if (onClick) {
    return (
      <button type="button" aria-pressed={pressed ?? false} onClick={onClick} className={className}>
        {body}
      </button>
    );
  }
  return (
    <span className={className}>
      {body}
      {onRemove && (
        <button
          type="button"
          aria-label={removeLabel ?? "Remove"}
          onClick={onRemove}
          className="-mr-1 rounded-full p-0.5 hover:bg-hover"
        >
          <X aria-hidden className="size-3" />
        </button>
      )}
    </span>
  );
}
