import type { QueryClient } from "@tanstack/react-query";
import type { Approval } from "@/api/types";
import { runKeys } from "../api";
import { merge, type RunState } from "./fold";

/** Put a decision into the picture of its run at once; the run's stream tells what comes of it. */
export function applyDecision(client: QueryClient, decided: Approval): void {
  client.setQueryData<RunState>(runKeys.view(decided.run_id), (state) => state && merge(state, { approvals: [decided] }));
}
