import type { ReactNode } from "react";

/** A titled part of the inspector. */
export function InspectorPart({
  title,
  actions,
  children,
}: {
  readonly title: string;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}) {
  return (
    <section aria-label={title} className="border-b border-line px-4 py-3 last:border-b-0">
      <div className="mb-1.5 flex h-6 items-center justify-between">
        <h3 className="text-xs font-medium text-muted">{title}</h3>
        {actions}
      </div>
      {children}
    </section>
  );
}
