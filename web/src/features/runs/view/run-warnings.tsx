import { TriangleAlert } from "lucide-react";
import type { Step, StepWarning } from "@/api/types";
import { plural } from "@/lib/format";
import { RunNotice } from "./run-notice";

interface Props {
  readonly count: number;
  readonly steps: readonly Step[];
  readonly onShowStep: (stepId: string) => void;
}

const MOST = 3;

/** The warnings of a run's steps: what was not right with an answer, what to do, and where it was. */
export function RunWarnings({ count, steps, onShowStep }: Props) {
  const found = steps.flatMap((step) => step.warnings.map((warning) => ({ step, warning })));
  const total = Math.max(count, found.length);
  if (total === 0) return null;
  return (
    <RunNotice tone="warning" icon={<TriangleAlert aria-hidden="true" className="size-4" />} role="status">
      <div className="min-w-0">
        <p className="font-medium">{plural(total, "warning")}</p>
        <ul className="flex flex-col gap-0.5">
          {found.slice(0, MOST).map(({ step, warning }) => (
            <li key={`${step.id} ${warning.code}`}>
              <Warning warning={warning} />{" "}
              <button
                type="button"
                className="font-medium underline underline-offset-2"
                aria-label={`Show step ${step.step_name}`}
                onClick={() => onShowStep(step.id)}
              >
                Show step
              </button>
            </li>
          ))}
        </ul>
        {total > MOST && <p>{plural(total - MOST, "more warning")} at the marked steps.</p>}
      </div>
    </RunNotice>
  );
}

function Warning({ warning: { message, remedy } }: { readonly warning: StepWarning }) {
  return (
    <>
      {message} {remedy}
    </>
  );
}
