import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { JsonObject, WorkflowFinding } from "@/api/types";
import { findingsQuery } from "../api";

const SETTLED_MS = 300;
const NONE: readonly WorkflowFinding[] = [];

export interface Findings {
  readonly findings: readonly WorkflowFinding[];
  /** Whether the definition, as it is now, can be saved. */
  readonly isValid: boolean;
  readonly isChecking: boolean;
}

/** What the server finds in a definition, asked for once it has not changed for a moment. */
export function useFindings(definition: JsonObject): Findings {
  const [settled, setSettled] = useState(definition);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(definition), SETTLED_MS);
    return () => clearTimeout(timer);
  }, [definition]);
  const report = useQuery({ ...findingsQuery(settled), placeholderData: keepPreviousData });
  const isCurrent = settled === definition && !report.isPlaceholderData;
  return {
    findings: report.data?.findings ?? NONE,
    isValid: isCurrent && report.data?.is_valid === true,
    isChecking: !isCurrent || report.isPending,
  };
}
