import { Check, X } from "lucide-react";
import { useState } from "react";
import { isApiError } from "@/api/problem";
import type { Approval } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { ErrorNotice } from "@/components/ui/notice";
import { afterUnmount } from "@/lib/after-unmount";
import { useDecide } from "./api";

interface Props {
  readonly approval: Approval;
  readonly onDecided: ((approval: Approval) => void) | undefined;
}

const UNITS = [
  ["amount_usd", "Amount in US dollars"],
  ["amount_tokens", "Amount in tokens"],
] as const;

/** Allow a run more than its budget, by an amount, or reject it. */
export function BudgetForm({ approval, onDecided }: Props) {
  const decide = useDecide(approval.id);
  const units = UNITS.filter(([name]) => name in approval.arguments);
  const [amounts, setAmounts] = useState(() =>
    Object.fromEntries(units.map(([name]) => [name, String(approval.arguments[name] ?? "")])),
  );
  const [comment, setComment] = useState("");
  const problemOf = (name: string) =>
    isApiError(decide.error) ? decide.error.fields.find((one) => one.field === `arguments.${name}`)?.message : undefined;

  const send = (decision: "approve" | "reject") => {
    const said = comment.trim() === "" ? {} : { comment: comment.trim() };
    const given = decision === "approve" ? { arguments: argumentsOf(amounts) } : {};
    afterUnmount(decide.mutateAsync({ decision, ...said, ...given }), (decided) => onDecided?.(decided));
  };
  return (
    <div className="grid gap-3">
      <div className="grid gap-3 sm:grid-cols-2">
        {units.map(([name, label]) => (
          <Field key={name} label={label} error={problemOf(name)} hint="Added to the limit for the rest of the period.">
            {(control) => (
              <Input
                {...control}
                inputMode="decimal"
                autoComplete="off"
                value={amounts[name] ?? ""}
                onChange={(event) => setAmounts({ ...amounts, [name]: event.target.value })}
              />
            )}
          </Field>
        ))}
      </div>
      <Field label="Comment (optional)" hideLabel>
        {(control) => (
          <Input
            {...control}
            placeholder="Comment (optional)"
            value={comment}
            onChange={(event) => setComment(event.target.value)}
          />
        )}
      </Field>
      <ErrorNotice error={decide.error} />
      <div className="flex flex-wrap gap-2">
        <Button variant="primary" icon={Check} busy={decide.isPending} onClick={() => send("approve")}>
          Approve
        </Button>
        <Button icon={X} disabled={decide.isPending} onClick={() => send("reject")}>
          Reject
        </Button>
      </div>
    </div>
  );
}

/** Dollars as they are written, since they are decimals; tokens as a number. */
function argumentsOf(amounts: Record<string, string>): Record<string, string | number> {
  const given: Record<string, string | number> = {};
  const usd = amounts.amount_usd?.trim() ?? "";
  const tokens = amounts.amount_tokens?.trim() ?? "";
  if (usd !== "") given.amount_usd = usd;
  if (tokens !== "") given.amount_tokens = /^\d+$/.test(tokens) ? Number(tokens) : tokens;
  return given;
}
