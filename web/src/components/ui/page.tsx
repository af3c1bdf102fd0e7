import type { ReactNode } from "react";
import { cx } from "@/lib/cx";

export interface PageProps {
  title: ReactNode;
  description?: ReactNode;
  actions?: ReactNode;
  /** "wide" uses the whole width; "form" keeps lines short. */
  width?: "wide" | "normal" | "form";
  children: ReactNode;
}

const WIDTHS = { wide: "max-w-none", normal: "max-w-6xl", form: "max-w-3xl" };

/** The frame of a page inside the shell: its h1, what it is for, its actions. */
export function Page({ title, description, actions, width = "normal", children }: PageProps) {
  return (
    <div className={cx("mx-auto flex w-full flex-col gap-4 px-4 py-5 sm:px-6", WIDTHS[width])}>
      <header className="flex flex-wrap items-start gap-x-4 gap-y-2">
        <div className="min-w-0 flex-1 basis-60">
          <h1 className="truncate font-semibold text-fg text-xl tracking-tight">{title}</h1>
          {description && <p className="mt-0.5 max-w-2xl text-muted text-sm">{description}</p>}
        </div>
        {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
      </header>
      {children}
    </div>
  );
}
