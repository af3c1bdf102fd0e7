import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { ErrorState } from "./error-state";
import { SkeletonRows } from "./skeleton";

export interface LoadedProps<T> {
  query: UseQueryResult<T>;
  /** What stands there until the first reply. */
  skeleton?: ReactNode;
  children: (data: T) => ReactNode;
}

/** Shows a skeleton, an error with a way to try again, or what was read. A failed refresh keeps showing what was there. */
export function Loaded<T>({ query, skeleton, children }: LoadedProps<T>) {
  if (query.data !== undefined) return <>{children(query.data)}</>;
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  return <>{skeleton ?? <SkeletonRows />}</>;
}
