import type { ReactNode } from "react";
import { cx } from "@/lib/cx";

const TONE = {
  neutral: "bg-sunken text-muted",
  warning: "bg-warning-soft text-warning",
  danger: "bg-danger-soft text-danger",
} as const;

interface Props {
  readonly tone: keyof typeof TONE;
  readonly icon: ReactNode;
  readonly role: "alert" | "status";
  readonly children: ReactNode;
}

/** A line under the header of a run. */
export function RunNotice({ tone, icon, role, children }: Props) {
  return (
    <div
      role={role}
      className={cx(
        "flex max-h-32 items-start gap-2.5 overflow-auto border-b border-line px-4 py-2.5 text-sm lg:px-6 [&>svg]:mt-0.5 [&>svg]:shrink-0",
        TONE[tone],
      )}
    >
      {icon}
      {children}
    </div>
  );
}
