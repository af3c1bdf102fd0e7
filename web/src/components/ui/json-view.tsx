import { ChevronRight } from "lucide-react";
import { useState } from "react";
import { cx } from "@/lib/cx";

interface Props {
  readonly value: unknown;
  /** How many levels are open at first. */
  readonly open?: number;
}

const MANY = 100;
const LONG_TEXT = 400;

/** JSON as a tree that opens and closes; long lists and texts show their beginning first. */
export function JsonView({ value, open = 2 }: Props) {
  return (
    <div className="font-mono text-xs leading-5 break-words">
      <JsonNode value={value} open={open} />
    </div>
  );
}

function JsonNode({ name, value, open }: { readonly name?: string; readonly value: unknown; readonly open: number }) {
  if (typeof value !== "object" || value === null) {
    return (
      <div className="pl-4">
        <Name name={name} />
        <Leaf value={value} />
      </div>
    );
  }
  return <Branch name={name} value={value} open={open} />;
}

function Branch({
  name,
  value,
  open,
}: {
  readonly name: string | undefined;
  readonly value: object;
  readonly open: number;
}) {
  const [isOpen, setOpen] = useState(open > 0);
  const [shown, setShown] = useState(MANY);
  const entries = Object.entries(value);
  const [start, end] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  if (entries.length === 0) {
    return (
      <div className="pl-4">
        <Name name={name} />
        {start}
        {end}
      </div>
    );
  }
  return (
    <div>
      <button
        type="button"
        aria-expanded={isOpen}
        className="flex max-w-full items-start rounded-sm text-left hover:bg-hover"
        onClick={() => setOpen(!isOpen)}
      >
        <ChevronRight aria-hidden="true" className={cx("mt-0.5 size-4 shrink-0 text-muted", isOpen && "rotate-90")} />
        <span>
          <Name name={name} />
          <span className="text-muted">{isOpen ? start : `${start} ${entries.length} ${end}`}</span>
        </span>
      </button>
      {isOpen && (
        <div className="ml-2 border-l border-line pl-1">
          {entries.slice(0, shown).map(([key, child]) => (
            <JsonNode key={key} {...(Array.isArray(value) ? {} : { name: key })} value={child} open={open - 1} />
          ))}
          {entries.length > shown && (
            <button
              type="button"
              className="ml-4 text-accent-text underline-offset-2 hover:underline"
              onClick={() => setShown(shown + 10 * MANY)}
            >
              {entries.length - shown} more
            </button>
          )}
        </div>
      )}
      {isOpen && <div className="pl-4 text-muted">{end}</div>}
    </div>
  );
}

function Name({ name }: { readonly name: string | undefined }) {
  return name === undefined ? null : <span className="text-muted">{name}: </span>;
}

function Leaf({ value }: { readonly value: unknown }) {
  const [isWhole, setWhole] = useState(false);
  if (typeof value !== "string") return <span className={value === null ? "text-muted" : "text-info"}>{String(value)}</span>;
  const isLong = value.length > LONG_TEXT && !isWhole;
  return (
    <span className="whitespace-pre-wrap text-success">
      "{isLong ? `${value.slice(0, LONG_TEXT)}…` : value}"
      {isLong && (
        <button
          type="button"
          className="ml-1 font-sans text-accent-text underline-offset-2 hover:underline"
          onClick={() => setWhole(true)}
        >
          show all {value.length} characters
        </button>
      )}
    </span>
  );
}
