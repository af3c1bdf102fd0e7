import { ChevronDown } from "lucide-react";
import type { ReactNode, Ref, SelectHTMLAttributes } from "react";
import { cx } from "@/lib/cx";

export interface SelectProps extends SelectHTMLAttributes<HTMLSelectElement> {
  children: ReactNode;
  ref?: Ref<HTMLSelectElement>;
}

/** The browser's own select: the best of them on a phone, by keyboard and for a screen reader. */
export function Select({ className, children, ...rest }: SelectProps) {
  return (
    <span className={cx("relative inline-flex", className)}>
      <select
        {...rest}
        className={cx(
          "h-8 w-full appearance-none truncate rounded-md border border-line-strong bg-surface pr-7 pl-2.5 text-fg text-sm transition-colors",
          "hover:border-faint focus-visible:border-accent focus-visible:outline-2 focus-visible:outline-offset-0",
          "disabled:cursor-not-allowed disabled:bg-sunken disabled:text-muted aria-invalid:border-danger",
        )}
      >
        {children}
      </select>
      <ChevronDown
        aria-hidden
        className="pointer-events-none absolute top-1/2 right-2 size-3.5 -translate-y-1/2 text-faint"
      />
    </span>
  );
}
