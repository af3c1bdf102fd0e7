import { cx } from "@/lib/cx";

/** A grey bar where text will be; the region around it should be `aria-busy`. */
export function Skeleton({ className = "h-4 w-full" }: { className?: string }) {
  return <span aria-hidden className={cx("block animate-shimmer rounded bg-line", className)} />;
}

const WIDTHS = ["w-3/5", "w-4/5", "w-2/5", "w-3/4", "w-1/2"];

/** Rows of a list that is being read. */
export function SkeletonRows({ rows = 6, label = "Loading" }: { rows?: number; label?: string }) {
  return (
    <div role="status" aria-label={label} className="flex flex-col">
      {Array.from({ length: rows }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: bars that are all alike
        <div key={index} className="flex h-11 items-center gap-4 border-line border-b px-3">
          <Skeleton className="size-4 shrink-0 rounded-full" />
          <Skeleton className={cx("h-3", WIDTHS[index % WIDTHS.length])} />
          <Skeleton className="ml-auto h-3 w-16" />
        </div>
      ))}
    </div>
  );
}
