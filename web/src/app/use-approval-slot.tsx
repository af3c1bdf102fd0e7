import { useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { useCan } from "@/api/session";
import type { Approval } from "@/api/types";
import { ApprovalCard } from "@/features/approvals/approval-card";
import { applyDecision } from "@/features/runs/live/apply-decision";

/** How a run draws a question to a person, and what it learns when it is answered: the two packages do not know each other. */
export function useApprovalSlot() {
  const client = useQueryClient();
  const canDecide = useCan()("approvals:decide");
  return useCallback(
    (approval: Approval) => (
      <ApprovalCard approval={approval} canDecide={canDecide} onDecided={(decided) => applyDecision(client, decided)} />
    ),
    [client, canDecide],
  );
}
