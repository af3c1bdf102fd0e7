import type { ReactNode } from "react";
import { cx } from "@/lib/cx";

export function Card({ className, children }: { className?: string; children: ReactNode }) {
  return <div className={cx("rounded-xl border border-line bg-surface shadow-card", className)}>{children}</div>;
}

export interface SectionProps {
  title: string;
  description?: ReactNode;
  actions?: ReactNode;
  id?: string;
  /** No inner padding: a table or a list comes to the edge. */
  flush?: boolean;
  className?: string;
  children: ReactNode;
}

/** A titled card; its title is an h2 and names the region. */
export function Section({ title, description, actions, id, flush = false, className, children }: SectionProps) {
  return (
    <section
      aria-label={title}
      id={id}
      className={cx("scroll-mt-4 rounded-xl border border-line bg-surface shadow-card", className)}
    >
      <header className="flex flex-wrap items-center gap-x-3 gap-y-2 px-4 pt-3.5 pb-2.5">
        <div className="min-w-0 flex-1 basis-40">
          <h2 className="font-semibold text-base text-fg">{title}</h2>
          {description && <p className="text-muted text-xs">{description}</p>}
        </div>
        {actions}
      </header>
      <div className={cx(flush ? "border-line border-t" : "px-4 pb-4")}>{children}</div>
    </section>
  );
}
