import { CircleAlert, CircleCheck, TriangleAlert } from "lucide-react";
import type { WorkflowFinding } from "@/api/types";
import type { Findings } from "./use-findings";

interface Props {
  readonly report: Findings;
  /** Shows the place of a finding. */
  readonly onShow: (finding: WorkflowFinding) => void;
}

/** All findings of a definition; each leads to its node, edge or field. */
export function FindingsList({ report, onShow }: Props) {
  if (report.findings.length === 0)
    return (
      <p className="flex items-center gap-2 text-muted text-sm">
        {report.isChecking ? (
          "Checking…"
        ) : (
          <>
            <CircleCheck aria-hidden className="size-4 text-success" /> No findings.
          </>
        )}
      </p>
    );
  return (
    <ul aria-label="Findings" className="flex flex-col gap-1">
      {report.findings.map((each) => (
        <li key={`${each.path} ${each.code} ${each.line} ${each.column} ${each.message}`}>
          <button
            type="button"
            onClick={() => onShow(each)}
            className="flex w-full items-start gap-2 rounded-md px-2 py-1.5 text-left text-sm hover:bg-hover"
          >
            {each.severity === "error" ? (
              <CircleAlert aria-label="Error" className="mt-0.5 size-4 shrink-0 text-danger" />
            ) : (
              <TriangleAlert aria-label="Warning" className="mt-0.5 size-4 shrink-0 text-warning" />
            )}
            <span className="min-w-0 break-words text-fg">
              {each.message} {each.suggestion}
              <span className="block font-mono text-muted text-xs">
                {each.path || "/"}
                {each.line !== null && ` · line ${each.line}, column ${each.column}`}
              </span>
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}
