import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { isApiError } from "@/api/problem";
import { cx } from "@/lib/cx";
import { Wordmark } from "./brand";
import { Button } from "./ui/button";
import { ErrorNotice, Notice } from "./ui/notice";
import { Skeleton } from "./ui/skeleton";

const INVALID = 422;
/** Statuses of refusals that end by themselves: the request took too long, or there were too many. */
const PASSING: readonly number[] = [408, 429];

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

interface LinkedProps<T> extends Omit<Props, "description" | "children"> {
  readonly query: UseQueryResult<T>;
  /** The title while what the link names is fetched, and what is fetched. */
  readonly loading: { readonly title: string; readonly label: string };
  /** Where to go on from a link that is no longer valid. */
  readonly wayOn?: ReactNode;
  readonly children: (data: T) => ReactNode;
}

/**
 * What a link names, once it is read. It stays while a later read fails, as when the connection is lost for a moment, unless the
 * server then says that the link itself is no longer valid: `title` names that.
 */
export function Linked<T>({ query, loading, title, width, wayOn, children }: LinkedProps<T>) {
  const size = width === undefined ? {} : { width };
  if (query.isError && (query.data === undefined || isOfLink(query.error))) {
    return (
      <ErrorCard {...size} title={title} error={query.error} onRetry={() => void query.refetch()}>
        {wayOn}
      </ErrorCard>
    );
  }
  if (query.data === undefined) return <LoadingCard {...size} {...loading} />;
  return <>{children(query.data)}</>;
}

/** The card while what its link names is fetched. */
function LoadingCard({ label, ...card }: Omit<Props, "description" | "children"> & { label: string }) {
  return (
    <CardPage {...card}>
      <div role="status" aria-label={label} className="grid gap-3">
        <Skeleton className="h-4" />
        <Skeleton className="h-8" />
      </div>
    </CardPage>
  );
}

interface ErrorCardProps extends Omit<Props, "description"> {
  readonly error: unknown;
  readonly onRetry: () => void;
}

/**
 * The card of a link that cannot be followed: `title` and children say what is wrong with the link and where to go on. They are
 * not shown for an error that says nothing about the link, as while the server cannot be reached.
 */
function ErrorCard({ error, onRetry, title, children, ...card }: ErrorCardProps) {
  if (!isOfLink(error)) {
    return (
      <CardPage {...card} title="This page cannot be loaded">
        <div className="grid gap-4">
          <ErrorNotice error={error} />
          <Button variant="primary" size="lg" onClick={onRetry}>
            Try again
          </Button>
        </div>
      </CardPage>
    );
  }
  return (
    <CardPage {...card} title={title}>
      <div className="grid gap-4">
        {isApiError(error) && error.status === INVALID ? (
          <Notice tone="danger">The link is incomplete. Copy the whole link from the message, and open it again.</Notice>
        ) : (
          <ErrorNotice error={error} />
        )}
        {children}
      </div>
    </CardPage>
  );
}

function isOfLink(error: unknown): boolean {
  return isApiError(error) && error.status >= 400 && error.status < 500 && !PASSING.includes(error.status);
}
