import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";

export interface EmptyStateProps {
  icon: LucideIcon;
  title: string;
  /** One sentence. */
  children?: ReactNode;
  /** One primary action. */
  action?: ReactNode;
}

/** What an empty list shows: one sentence and the action that creates an item. */
export function EmptyState({ icon: Icon, title, children, action }: EmptyStateProps) {
  return (
    <div className="flex flex-col items-center justify-center px-6 py-12 text-center">
      <span className="mb-3 inline-flex size-10 items-center justify-center rounded-xl border border-line bg-surface text-faint shadow-card">
        <Icon aria-hidden className="size-5" strokeWidth={1.6} />
      </span>
      <p className="font-medium text-base text-fg">{title}</p>
      {children && <p className="mt-1 max-w-md text-balance text-muted text-sm">{children}</p>}
      {action && <div className="mt-4 flex flex-wrap justify-center gap-2">{action}</div>}
    </div>
  );
}
