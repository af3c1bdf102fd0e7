import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { Step } from "@/api/types";
import { ErrorState } from "@/components/ui/error-state";
import { Skeleton } from "@/components/ui/skeleton";
import { runOverview } from "../api";
import type { RunState } from "../live/fold";
import type { GraphSlot } from "./run-view-props";

interface Props {
  readonly state: RunState;
  readonly selected: Step | undefined;
  readonly onSelectStep: (stepId: string) => void;
  readonly renderGraph: (slot: GraphSlot) => ReactNode;
}

/** The graph of a workflow's run; which version it carries out is in its overview. */
export function GraphTab({ state, selected, onSelectStep, renderGraph }: Props) {
  const { run, steps } = state;
  const overview = useQuery({ ...runOverview(run?.id ?? ""), enabled: run !== null });
  if (overview.isLoadingError) return <ErrorState error={overview.error} onRetry={() => void overview.refetch()} />;
  const version = overview.data?.workflow_version;
  if (!run || version == null) return <Skeleton className="size-full" />;
  return renderGraph({ run, version, steps, selected, onSelectStep });
}
