import { CopyButton } from "./copy-button";
import { Notice } from "./notice";

interface Props {
  /** What it is: "key", "link". */
  what: string;
  text: string;
  hint: string;
}

/** Something that is shown this once and never again. */
export function SecretOnce({ what, text, hint }: Props) {
  return (
    <div className="flex flex-col gap-3">
      <Notice tone="warning">
        Copy this {what} now: it is shown this once. {hint}
      </Notice>
      <div className="flex items-center gap-1 rounded-lg border border-line-strong bg-sunken py-1.5 pr-1.5 pl-3">
        <code data-testid="secret" className="min-w-0 flex-1 break-all text-fg text-xs">
          {text}
        </code>
        <CopyButton text={text} label={`Copy the ${what}`} />
      </div>
    </div>
  );
}
