import { Skeleton } from "@/components/ui/skeleton";

/** As high as the figures will be, so that nothing jumps when they come. */
export function FiguresSkeleton() {
  return (
    <div role="status" aria-label="Loading figures" className="grid grid-cols-2 gap-3 lg:grid-cols-4">
      {["runs", "failures", "times", "spend"].map((each) => (
        <div key={each} className="flex h-24 flex-col justify-between rounded-xl border border-line bg-surface px-4 py-3">
          <Skeleton className="h-3 w-20" />
          <Skeleton className="h-6 w-16" />
          <Skeleton className="h-3 w-24" />
        </div>
      ))}
    </div>
  );
}
