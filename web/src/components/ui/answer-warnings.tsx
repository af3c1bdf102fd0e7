import type { StepWarning } from "@/api/types";
import { Notice } from "./notice";

/** What was not right with a model's answer, in words; nothing when there is nothing. */
export function AnswerWarnings({ warnings }: { readonly warnings: readonly StepWarning[] }) {
  if (warnings.length === 0) return null;
  return (
    <Notice tone="warning">
      <ul className="flex flex-col gap-0.5">
        {warnings.map(({ code, message, remedy }) => (
          <li key={`${code} ${message}`}>
            {message} {remedy}
          </li>
        ))}
      </ul>
    </Notice>
  );
}

/** Marks an answer of which only the beginning arrived. */
export function PartialAnswer() {
  return <Notice tone="warning">Partial answer: the model call ended before the answer was complete.</Notice>;
}
