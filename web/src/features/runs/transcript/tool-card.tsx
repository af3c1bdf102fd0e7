import { AlertTriangle, Check, ChevronRight, CircleDashed, CircleHelp, Loader2, Wrench } from "lucide-react";
import { type ReactNode, useState } from "react";
import type { Json } from "@/api/types";
import { JsonView } from "@/components/ui/json-view";
import { cx } from "@/lib/cx";
import { stringifyJson } from "@/lib/exact-json";
import { duration } from "@/lib/format";
import type { TranscriptItem } from "./transcript";

type ToolItem = Extract<TranscriptItem, { kind: "tool" }>;

/** A tool call in a conversation: one line that opens to what went in and what came out. */
export function ToolCard({ item, link }: { readonly item: ToolItem; readonly link?: ReactNode }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <div className="overflow-hidden rounded-lg border border-line bg-surface text-sm">
      <div className="flex items-center gap-1 pr-2">
        <button
          type="button"
          aria-expanded={isOpen}
          className="flex min-w-0 flex-1 items-center gap-2 px-3 py-2 text-left hover:bg-hover"
          onClick={() => setOpen(!isOpen)}
        >
          <ChevronRight
            aria-hidden="true"
            className={cx(
              "size-3.5 shrink-0 text-muted transition-transform motion-reduce:transition-none",
              isOpen && "rotate-90",
            )}
          />
          <Wrench aria-hidden="true" className="size-3.5 shrink-0 text-warning" />
          <span className="shrink-0 font-medium">{item.name}</span>
          <span className="min-w-0 flex-1 truncate font-mono text-xs text-muted">{shortArguments(item.arguments)}</span>
          {item.duration_ms !== null && (
            <span className="shrink-0 text-xs tabular-nums text-muted">{duration(item.duration_ms)}</span>
          )}
          <ToolMark item={item} />
        </button>
        {link}
      </div>
      {isOpen && (
        <div className="grid gap-3 border-t border-line px-3 py-2.5">
          <Part title="Arguments" value={item.arguments} />
          {item.error !== null && <p className="whitespace-pre-wrap break-words text-danger">{item.error}</p>}
          {item.output !== null && <Part title="Result" value={item.output} />}
        </div>
      )}
    </div>
  );
}

function Part({ title, value }: { readonly title: string; readonly value: Json }) {
  return (
    <div>
      <div className="mb-1 text-xs font-medium text-muted">{title}</div>
      <div className="max-h-80 overflow-auto">
        {typeof value === "string" ? (
          <pre className="font-mono text-xs whitespace-pre-wrap break-words">{value}</pre>
        ) : (
          <JsonView value={value} />
        )}
      </div>
    </div>
  );
}

function ToolMark({ item }: { readonly item: ToolItem }) {
  const [Icon, ink, word] = markOf(item);
  return (
    <span className={cx("flex shrink-0 items-center gap-1 text-xs", ink)}>
      <Icon aria-hidden="true" className={cx("size-3.5", Icon === Loader2 && "animate-spin motion-reduce:animate-none")} />
      {word}
    </span>
  );
}

function markOf(item: ToolItem): [typeof Check, string, string] {
  if (item.call?.state === "unknown") return [CircleHelp, "text-warning", "Outcome unknown"];
  if (item.approval?.status === "rejected") return [AlertTriangle, "text-warning", "Rejected"];
  if (item.status === "failed") return [AlertTriangle, "text-danger", "Failed"];
  if (item.status === "waiting") return [CircleDashed, "text-warning", "Waiting"];
  if (item.status === "running") return [Loader2, "text-info", "Running"];
  return [Check, "text-success", "Done"];
}

function shortArguments(value: Json): string {
  if (typeof value !== "object" || value === null) return String(value ?? "");
  const parts = Object.entries(value).map(
    ([key, part]) => `${key}: ${typeof part === "string" ? part : stringifyJson(part)}`,
  );
  return parts.join(", ").slice(0, 200);
}
