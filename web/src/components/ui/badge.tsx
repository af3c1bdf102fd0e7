import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { cx } from "@/lib/cx";

export type Tone = "neutral" | "accent" | "success" | "warning" | "danger" | "info" | "violet";

const TONES: Record<Tone, string> = {
  neutral: "bg-sunken text-muted border-line",
  accent: "bg-accent-soft text-accent-text border-transparent",
  success: "bg-success-soft text-success border-transparent",
  warning: "bg-warning-soft text-warning border-transparent",
  danger: "bg-danger-soft text-danger border-transparent",
  info: "bg-info-soft text-info border-transparent",
  violet: "bg-violet-soft text-violet border-transparent",
};

export interface BadgeProps {
  tone?: Tone;
  icon?: LucideIcon;
  /** The icon moves while the thing goes on. */
  isMoving?: boolean;
  title?: string;
  className?: string;
  children: ReactNode;
}

export function Badge({ tone = "neutral", icon: Icon, isMoving = false, title, className, children }: BadgeProps) {
  return (
    <span
      title={title}
      className={cx(
        "inline-flex h-5 max-w-full shrink-0 items-center gap-1 whitespace-nowrap rounded-full border px-2 font-medium text-2xs",
        TONES[tone],
        className,
      )}
    >
      {Icon && <Icon aria-hidden className={cx("size-3 shrink-0", isMoving && "animate-spin")} strokeWidth={2.25} />}
      <span className="truncate">{children}</span>
    </span>
  );
}
