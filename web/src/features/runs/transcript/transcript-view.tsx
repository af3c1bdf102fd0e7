import { AlertTriangle, ArrowUpRight } from "lucide-react";
import type { ReactNode } from "react";
import type { Approval } from "@/api/types";
import { AnswerWarnings, PartialAnswer } from "@/components/ui/answer-warnings";
import { Markdown } from "@/components/ui/markdown";
import { Reasoning } from "../steps/reasoning";
import { ToolCard } from "./tool-card";
import type { TranscriptItem } from "./transcript";

interface Props {
  readonly items: readonly TranscriptItem[];
  /** How a question to a person is drawn: the approvals package's business. */
  readonly renderApproval: (approval: Approval) => ReactNode;
  /** Makes the link to a step; without it a step cannot be opened from here. */
  readonly renderStepLink?: ((stepId: string, children: ReactNode, label: string) => ReactNode) | undefined;
}

/** What was said and done in a run, in the order in which it happened. */
export function TranscriptView({ items, renderApproval, renderStepLink }: Props) {
  return (
    <ol className="flex flex-col gap-4">
      {items.map((item) => (
        <li key={item.key}>
          <Item item={item} renderApproval={renderApproval} renderStepLink={renderStepLink} />
        </li>
      ))}
    </ol>
  );
}

function Item({ item, renderApproval, renderStepLink }: Omit<Props, "items"> & { readonly item: TranscriptItem }) {
  switch (item.kind) {
    case "prompt":
      return <Prompt text={item.text} />;
    case "answer":
      return (
        <Answer
          item={item}
          link={
            item.stepId !== null && renderStepLink
              ? renderStepLink(item.stepId, <ArrowUpRight aria-hidden="true" className="size-3.5" />, "Open this step")
              : null
          }
        />
      );
    case "tool":
      return (
        <div className="flex flex-col gap-2">
          <ToolCard
            item={item}
            link={renderStepLink?.(
              item.stepId,
              <ArrowUpRight aria-hidden="true" className="size-3.5" />,
              `Open the step ${item.name}`,
            )}
          />
          {item.approval?.status === "pending" && renderApproval(item.approval)}
        </div>
      );
    case "approval":
      return renderApproval(item.approval);
    case "error":
      return (
        <div role="alert" className="flex gap-2.5 rounded-lg border border-danger/40 bg-danger-soft px-3.5 py-3 text-sm">
          <AlertTriangle aria-hidden="true" className="mt-0.5 size-4 shrink-0 text-danger" />
          <span className="min-w-0 break-words whitespace-pre-wrap">{item.message}</span>
        </div>
      );
  }
}

function Prompt({ text }: { readonly text: string }) {
  return (
    <div className="ml-auto w-fit max-w-[85%] rounded-2xl rounded-br-md bg-sunken px-4 py-2.5 text-sm break-words whitespace-pre-wrap">
      {text}
    </div>
  );
}

type AnswerItem = Extract<TranscriptItem, { kind: "answer" }>;

function Answer({ item, link }: { readonly item: AnswerItem; readonly link: ReactNode }) {
  return (
    <div className="group/answer relative grid gap-2 text-sm">
      {item.reasoning !== "" && <Reasoning text={item.reasoning} isOpen={item.isStreaming && item.text === ""} />}
      <Markdown text={item.text} />
      {item.isPartial && <PartialAnswer />}
      <AnswerWarnings warnings={item.warnings} />
      {item.isStreaming && (
        <span className="streaming-caret" role="status">
          <span className="sr-only">The answer is being written</span>
        </span>
      )}
      {link !== null && (
        <div className="absolute -right-2 top-0 opacity-0 transition-opacity group-focus-within/answer:opacity-100 group-hover/answer:opacity-100">
          {link}
        </div>
      )}
    </div>
  );
}
