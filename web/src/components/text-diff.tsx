import type { TextDiffPart } from "@/api/types";

/** A text with the words that another one has not, and those that only the other has. */
export function TextDiff({ parts }: { readonly parts: readonly TextDiffPart[] }) {
  return (
    <pre
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      className="max-h-80 overflow-y-auto whitespace-pre-wrap break-words rounded-lg border border-line bg-sunken p-3 font-sans text-sm"
    >
      {parts.map((part, index) => {
        // biome-ignore lint/suspicious/noArrayIndexKey: parts have nothing else to tell them apart, and never move
        if (part.kind === "same") return <span key={index}>{part.text}</span>;
        const Tag = part.kind === "added" ? "ins" : "del";
        const look = part.kind === "added" ? "bg-success-soft text-success" : "bg-danger-soft text-danger";
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: as above
          <Tag key={index} className={`rounded-sm ${look}`}>
            {part.text}
          </Tag>
        );
      })}
    </pre>
  );
}
