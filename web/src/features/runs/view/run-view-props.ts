import type { ReactNode } from "react";
import type { Approval, Run, Step } from "@/api/types";
import type { Change, RunSearch } from "./run-search";

/** What the graph of a workflow's run is drawn from. */
export interface GraphSlot {
  readonly run: Run;
  /** The version of the workflow that the run carries out. */
  readonly version: number;
  readonly steps: readonly Step[];
  readonly selected: Step | undefined;
  readonly onSelectStep: (stepId: string) => void;
}

export interface RunViewProps {
  readonly runId: string;
  readonly search: RunSearch;
  /** Puts part of the view into the address; undefined takes it out. */
  readonly onSearch: (change: Change<RunSearch>) => void;
  readonly onOpenRun: (runId: string) => void;
  readonly canWrite: boolean;
  readonly renderTitle: (run: Run) => ReactNode;
  readonly renderApproval: (approval: Approval) => ReactNode;
  readonly renderGraph: (slot: GraphSlot) => ReactNode;
}
