import { Skeleton, SkeletonRows } from "@/components/ui/skeleton";

/** The run's page while it is being read. */
export function RunSkeleton() {
  return (
    <div className="flex h-full flex-col">
      <div className="grid gap-3 border-b border-line bg-surface px-4 py-3.5 lg:px-6">
        <Skeleton className="h-6 w-72 max-w-full" />
        <Skeleton className="h-4 w-[32rem] max-w-full" />
      </div>
      <div className="grid min-h-0 flex-1 md:grid-cols-[20rem_1fr]">
        <SkeletonRows rows={8} label="Loading the run" />
        <div className="p-6 max-md:hidden">
          <Skeleton className="h-56 w-full" />
        </div>
      </div>
    </div>
  );
}
