import { CircleHelp, Hand } from "lucide-react";
import type { ReactNode } from "react";
import type { Approval, JsonObject } from "@/api/types";
import { JsonView } from "@/components/ui/json-view";
import { StatusBadge } from "@/components/ui/status-badge";
import { RelativeTime } from "@/components/ui/time";
import { Asked, Changes, Decisions } from "./asked";
import { BudgetForm } from "./budget-form";
import { ConnectForm } from "./connect-form";
import { QuestionForm } from "./question-form";
import { ToolCallForm } from "./tool-call-form";
import { UnknownOutcomeForm } from "./unknown-outcome-form";

interface Props {
  readonly approval: Approval;
  readonly canDecide: boolean;
  /** A link to where the question came up. */
  readonly link?: ReactNode;
  readonly onDecided?: ((approval: Approval) => void) | undefined;
}

/** A question to a person: may this call be made; or, was it made? Decided in place, and then it says how. */
export function ApprovalCard({ approval, canDecide, link, onDecided }: Props) {
  const Icon = approval.kind === "unknown_outcome" || approval.kind === "question" ? CircleHelp : Hand;
  return (
    <section
      aria-label={`Approval of ${approval.tool_name}`}
      className="overflow-hidden rounded-xl border border-line-strong bg-surface text-sm shadow-card"
    >
      <header className="flex items-start gap-3 px-4 pt-3.5">
        <Icon aria-hidden="true" className="mt-0.5 size-4.5 shrink-0 text-warning" />
        <div className="min-w-0 flex-1">
          <p className="font-semibold">{titleOf(approval)}</p>
          {approval.reason !== "" && <p className="mt-0.5 text-muted">{approval.reason}</p>}
          <p className="mt-0.5 flex flex-wrap items-center gap-x-2 text-faint text-xs">
            {approval.target_name ?? "The agent"} asked <RelativeTime at={approval.created_at} />
            {approval.decided_at !== null && (
              <span>
                · {approval.status === "answered" ? "answered" : "decided"}{" "}
                {approval.decided_by_name ? `by ${approval.decided_by_name} ` : ""}
                <RelativeTime at={approval.decided_at} />
              </span>
            )}
            {approval.status === "pending" && approval.expires_at !== null && (
              <span>
                · expires <RelativeTime at={approval.expires_at} />
              </span>
            )}
            {link}
          </p>
        </div>
        {approval.status !== "pending" && <StatusBadge status={approval.status} />}
      </header>
      <div className="grid gap-3 px-4 pt-3 pb-4">
        <Asked approval={approval} />
        <Decisions approval={approval} />
        {approval.status === "pending" && canDecide ? (
          <DecisionForm approval={approval} onDecided={onDecided} />
        ) : (
          <Told approval={approval} />
        )}
      </div>
    </section>
  );
}

function titleOf({ kind, tool_name }: Approval): string {
  if (kind === "unknown_outcome") return `Outcome of ${tool_name} is unknown`;
  if (kind === "question") return tool_name;
  if (kind === "connect") return `${tool_name} needs a connection`;
  if (kind === "budget") return `Allow the call of ${tool_name}?`;
  return kind === "node" ? `Approve ${tool_name}?` : `Approve the call of ${tool_name}?`;
}

function DecisionForm({ approval, onDecided }: Pick<Props, "approval" | "onDecided">) {
  if (approval.kind === "unknown_outcome") return <UnknownOutcomeForm approval={approval} onDecided={onDecided} />;
  if (approval.kind === "connect") return <ConnectForm approval={approval} onDecided={onDecided} />;
  if (approval.kind === "budget") return <BudgetForm approval={approval} onDecided={onDecided} />;
  if (approval.form !== null)
    return <QuestionForm approval={approval} form={approval.form as JsonObject} onDecided={onDecided} />;
  return <ToolCallForm approval={approval} onDecided={onDecided} />;
}

/** For those who may only look, and for what is decided. */
function Told({ approval }: { readonly approval: Approval }) {
  return (
    <div className="grid gap-2">
      <JsonView value={(approval.kind === "connect" ? approval.arguments.arguments : null) ?? approval.arguments} />
      <Changes approval={approval} />
      {approval.decision?.answer != null && <JsonView value={approval.decision.answer as JsonObject} />}
      {approval.comment !== null && approval.comment !== "" && <p className="text-muted">“{approval.comment}”</p>}
      {approval.status === "pending" && <p className="text-muted">You need the permission to decide on approvals.</p>}
    </div>
  );
}
