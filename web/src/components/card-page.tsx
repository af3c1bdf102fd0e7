import type { ReactNode } from "react";
import { cx } from "@/lib/cx";
import { Wordmark } from "./brand";
import { ErrorNotice } from "./ui/notice";
import { Skeleton } from "./ui/skeleton";

interface Props {
  readonly title: string;
  readonly description?: ReactNode;
  /** The class of the card's greatest width. */
  readonly width?: string;
  readonly children: ReactNode;
}

/** The frame of the pages that are shown without being signed in: one card. */
export function CardPage({ title, description, width = "max-w-sm", children }: Props) {
  return (
    <main className="flex min-h-dvh flex-col items-center justify-center gap-6 p-4">
      <Wordmark />
      <section className={cx("w-full rounded-2xl border border-line bg-surface p-6 shadow-card", width)}>
        <h1 className="break-words font-semibold text-fg text-xl tracking-tight">{title}</h1>
        {description && <p className="mt-1 text-muted text-sm">{description}</p>}
        <div className="mt-5">{children}</div>
      </section>
    </main>
  );
}

/** The card while what its link names is fetched. */
export function LoadingCard({ label, ...card }: Omit<Props, "description" | "children"> & { label: string }) {
  return (
    <CardPage {...card}>
      <div role="status" aria-label={label} className="grid gap-3">
        <Skeleton className="h-4" />
        <Skeleton className="h-8" />
      </div>
    </CardPage>
  );
}

/** The card of a link that names nothing: what is wrong, and where to go on. */
export function ErrorCard({ error, children, ...card }: Omit<Props, "description"> & { error: unknown }) {
  return (
    <CardPage {...card}>
      <div className="grid gap-4">
        <ErrorNotice error={error} />
        {children}
      </div>
    </CardPage>
  );
}
