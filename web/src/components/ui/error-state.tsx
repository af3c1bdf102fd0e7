import { CircleAlert, FilterX, Lock, RefreshCw, SearchX, WifiOff } from "lucide-react";
import { isApiError } from "@/api/problem";
import { Button, buttonClass } from "./button";
import { CopyButton } from "./copy-button";
import { EmptyState } from "./empty-state";

/** What went wrong, what to do, and the id under which the server knows the request. A refusal for lack of a right is told as such. */
export function ErrorState({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  if (isApiError(error) && error.status === 403) return <NoPermission error={error} />;
  if (isApiError(error) && error.status === 404) {
    return (
      <EmptyState icon={SearchX} title="Not found">
        It was deleted, belongs to another organization, or the URL is wrong.
      </EmptyState>
    );
  }
  const message = error instanceof Error ? error.message : "Something went wrong.";
  const remedy = isApiError(error) ? error.remedy : null;
  const requestId = isApiError(error) ? error.requestId : null;
  const Icon = isApiError(error) && error.status === 0 ? WifiOff : CircleAlert;
  return (
    <div role="alert" className="flex flex-col items-center justify-center px-6 py-12 text-center">
      <span className="mb-3 inline-flex size-10 items-center justify-center rounded-xl bg-danger-soft text-danger">
        <Icon aria-hidden className="size-5" strokeWidth={1.8} />
      </span>
      <p className="max-w-lg text-balance font-medium text-base text-fg">{message}</p>
      {remedy && <p className="mt-1 max-w-lg text-balance text-muted text-sm">{remedy}</p>}
      {requestId && (
        <p className="mt-2 flex items-center gap-1 text-faint text-xs">
          Request <code>{requestId}</code>
          <CopyButton text={requestId} label="Copy the request id" />
        </p>
      )}
      {isAboutFilters(error) ? (
        <a href={window.location.pathname} className={buttonClass("secondary", "md", "mt-4")}>
          <FilterX aria-hidden className="size-4" /> Clear filters
        </a>
      ) : (
        onRetry && (
          <Button icon={RefreshCw} className="mt-4" onClick={onRetry}>
            Try again
          </Button>
        )
      )}
    </div>
  );
}

/** Whether the server refused what the address asks for: a filter of an old bookmark, or one that was written by hand. */
function isAboutFilters(error: unknown): boolean {
  return isApiError(error) && error.status === 422 && window.location.search !== "";
}

function NoPermission({ error }: { error: { message: string; remedy: string | null } }) {
  return (
    <EmptyState icon={Lock} title="You do not have access">
      {error.message} {error.remedy ?? "Ask an owner or admin of the organization for access."}
    </EmptyState>
  );
}
