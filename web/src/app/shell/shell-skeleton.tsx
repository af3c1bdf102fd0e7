import { useState } from "react";
import { Mark } from "@/components/brand";
import { Skeleton } from "@/components/ui/skeleton";
import { cx } from "@/lib/cx";
import { NAVIGATION, SETTINGS } from "./navigation";
import { isRailNarrow } from "./rail-width";

const CARDS = ["attention", "now", "newest", "agents"];

/** The shell while it is not known yet who is before it: its frame, with bars where names and pages will stand. */
export function ShellSkeleton() {
  const [isNarrow] = useState(isRailNarrow);
  return (
    <div role="status" aria-label="Loading Retinue" aria-busy className="flex h-dvh overflow-hidden">
      <div
        className={cx(
          "flex shrink-0 flex-col gap-3 border-line border-r bg-surface p-2.5 max-md:hidden",
          isNarrow ? "w-14" : "w-58",
        )}
      >
        <div className={cx("flex h-10 items-center gap-2.5", isNarrow ? "justify-center" : "px-1.5")}>
          <Mark />
          {!isNarrow && <Skeleton className="h-3 flex-1" />}
        </div>
        <div className="flex flex-1 flex-col gap-0.5">
          {NAVIGATION.map((item) => (
            <RailBar key={item.to} isNarrow={isNarrow} />
          ))}
          <span className="flex-1" />
          <RailBar key={SETTINGS.to} isNarrow={isNarrow} />
        </div>
        <div className={cx("flex h-10 items-center gap-2.5", isNarrow ? "justify-center" : "px-1.5")}>
          <Skeleton className="size-7 shrink-0 rounded-full" />
          {!isNarrow && <Skeleton className="h-3 flex-1" />}
        </div>
      </div>
      <div className="flex min-w-0 flex-1 flex-col">
        <div className="flex h-12 shrink-0 items-center gap-3 border-line border-b bg-surface px-3">
          <Skeleton className="size-5 shrink-0" />
          <Skeleton className="h-3 w-28" />
          <Skeleton className="ml-auto h-8 w-8 rounded-md sm:w-56" />
        </div>
        <div className="mx-auto flex w-full max-w-6xl flex-col gap-4 px-4 py-5 sm:px-6">
          <Skeleton className="h-6 w-40" />
          <Skeleton className="h-3 w-64" />
          <div className="grid gap-4 lg:grid-cols-2">
            {CARDS.map((card) => (
              <CardBars key={card} />
            ))}
          </div>
        </div>
      </div>
    </div>
  );
}

function RailBar({ isNarrow }: { isNarrow: boolean }) {
  return (
    <div className={cx("flex h-8 shrink-0 items-center gap-2.5", isNarrow ? "justify-center" : "px-2.5")}>
      <Skeleton className="size-4 shrink-0" />
      {!isNarrow && <Skeleton className="h-3 w-24" />}
    </div>
  );
}

function CardBars() {
  return (
    <div className="flex flex-col gap-3 rounded-xl border border-line bg-surface p-4 shadow-card">
      <Skeleton className="h-3.5 w-32" />
      <Skeleton className="h-3 w-4/5" />
      <Skeleton className="h-3 w-3/5" />
    </div>
  );
}
