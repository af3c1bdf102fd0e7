import { cx } from "@/lib/cx";
import { stringifyJson } from "@/lib/exact-json";
import { CopyButton } from "./copy-button";

export interface CodeBlockProps {
  text: string;
  /** Names the block for screen readers: "Tool output". */
  label: string;
  wrap?: boolean;
  className?: string;
}

/** Text as it is, in a box of its own that scrolls, with a copy button. */
export function CodeBlock({ text, label, wrap = false, className }: CodeBlockProps) {
  return (
    <figure aria-label={label} className={cx("group relative min-w-0 rounded-lg border border-line bg-sunken", className)}>
      <pre
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        className={cx(
          "max-h-96 overflow-auto p-3 pr-9 text-fg text-xs leading-5",
          wrap && "whitespace-pre-wrap break-words",
        )}
      >
        {text}
      </pre>
      <CopyButton text={text} label={`Copy: ${label}`} className="absolute top-1.5 right-1.5 bg-sunken" />
    </figure>
  );
}

/** A JSON value, indented. */
export function JsonBlock({ value, label, className }: { value: unknown; label: string; className?: string }) {
  const text = typeof value === "string" ? value : stringifyJson(value, 2);
  return <CodeBlock text={text} label={label} wrap {...(className ? { className } : {})} />;
}
