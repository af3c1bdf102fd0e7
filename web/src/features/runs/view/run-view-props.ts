import type { ReactNode } from "react";
import type { Approval, Run } from "@/api/types";
import type { Change, RunSearch } from "./run-search";

export interface RunViewProps {
  readonly runId: string;
  readonly search: RunSearch;
  /** Puts part of the view into the address; undefined takes it out. */
  readonly onSearch: (change: Change<RunSearch>) => void;
  readonly onOpenRun: (runId: string) => void;
  readonly canWrite: boolean;
  readonly renderTitle: (run: Run) => ReactNode;
  readonly renderApproval: (approval: Approval) => ReactNode;
}
