import { Brain } from "lucide-react";

/** What a model thought before it answered: open while there is nothing else to read. */
export function Reasoning({ text, isOpen }: { readonly text: string; readonly isOpen: boolean }) {
  return (
    <details className="mb-2 rounded-lg border border-line px-3 py-2 text-muted text-sm" open={isOpen}>
      <summary className="select-none">
        <Brain aria-hidden="true" className="mr-1.5 inline size-3.5" />
        Reasoning
      </summary>
      <p className="mt-2 whitespace-pre-wrap">{text}</p>
    </details>
  );
}
