import { CircleAlert, CircleCheck, Info, type LucideIcon, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { isApiError } from "@/api/problem";
import { cx } from "@/lib/cx";

type NoticeTone = "info" | "success" | "warning" | "danger";

const LOOKS: Record<NoticeTone, { icon: LucideIcon; className: string }> = {
  info: { icon: Info, className: "bg-info-soft text-info" },
  success: { icon: CircleCheck, className: "bg-success-soft text-success" },
  warning: { icon: TriangleAlert, className: "bg-warning-soft text-warning" },
  danger: { icon: CircleAlert, className: "bg-danger-soft text-danger" },
};

/** A message within a page or a form. */
export function Notice({
  tone = "info",
  children,
  className,
}: {
  tone?: NoticeTone;
  children: ReactNode;
  className?: string;
}) {
  const { icon: Icon, className: colours } = LOOKS[tone];
  return (
    <div
      role={tone === "danger" ? "alert" : "note"}
      className={cx("flex items-start gap-2 rounded-md px-3 py-2 text-sm", colours, className)}
    >
      <Icon aria-hidden className="mt-0.5 size-4 shrink-0" />
      <div className="min-w-0 flex-1">{children}</div>
    </div>
  );
}

/** A refused mutation, told above the form's buttons; nothing when there is none. Field errors are told at their fields. */
export function ErrorNotice({ error }: { error: unknown }) {
  if (!error) return null;
  const message = error instanceof Error ? error.message : "Something went wrong.";
  const remedy = isApiError(error) ? error.remedy : null;
  const requestId = isApiError(error) && error.status >= 500 ? error.requestId : null;
  return (
    <Notice tone="danger">
      {message} {remedy}
      {requestId && <span className="block text-xs">Request {requestId}</span>}
    </Notice>
  );
}
