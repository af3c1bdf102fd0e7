import { Lock, ThumbsDown, ThumbsUp, TriangleAlert } from "lucide-react";
import type { Run } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { plural } from "@/lib/format";

/** Whether only the person of the conversation sees the run. What is retried or forked from it stays private too. */
export function isPrivate(run: Pick<Run, "conversation_id" | "trigger">): boolean {
  return run.conversation_id !== null || run.trigger === "conversation";
}

const PRIVATE = "Private: only you can see this run, because it belongs to one of your conversations.";

export function PrivateBadge() {
  return (
    <Badge icon={Lock} title={PRIVATE}>
      Private
    </Badge>
  );
}

/** The same in a dense row. */
export function PrivateIcon() {
  return (
    <span title={PRIVATE} className="inline-flex shrink-0 text-faint">
      <Lock aria-hidden className="size-3.5" />
      <span className="sr-only">Private</span>
    </span>
  );
}

/** How many warnings there are; nothing when there are none. */
export function WarningCount({ count }: { readonly count: number }) {
  if (count === 0) return null;
  return (
    <Badge tone="warning" icon={TriangleAlert}>
      {plural(count, "warning")}
    </Badge>
  );
}

/** The same in a dense row. */
export function WarningIcon({ count }: { readonly count: number }) {
  if (count === 0) return null;
  return (
    <span title={plural(count, "warning")} className="inline-flex shrink-0 items-center gap-0.5 text-2xs text-warning">
      <TriangleAlert aria-hidden className="size-3.5" />
      <span aria-hidden className="tabular-nums">
        {count > 1 && count}
      </span>
      <span className="sr-only">{plural(count, "warning")}</span>
    </span>
  );
}

/** The thumbs of a run in a row of a list; nothing when there are none. */
export function FeedbackInRow({ feedback }: Pick<Run, "feedback">) {
  return (["up", "down"] as const)
    .filter((value) => feedback[value] > 0)
    .map((value) => {
      const Icon = value === "up" ? ThumbsUp : ThumbsDown;
      const words = `${feedback[value]} ${value === "up" ? "thumbs up" : "thumbs down"}`;
      return (
        <span key={value} title={words} className="inline-flex shrink-0 items-center gap-0.5 text-2xs text-muted">
          <Icon aria-hidden className="size-3.5" />
          <span aria-hidden className="tabular-nums">
            {feedback[value] > 1 && feedback[value]}
          </span>
          <span className="sr-only">{words}</span>
        </span>
      );
    });
}
