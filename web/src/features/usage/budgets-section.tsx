import { useQuery } from "@tanstack/react-query";
import { Pencil, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import type { Budget } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { Button, IconButton } from "@/components/ui/button";
import { Section } from "@/components/ui/card";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { ErrorNotice } from "@/components/ui/notice";
import { Loaded } from "@/components/ui/page-states";
import { Skeleton } from "@/components/ui/skeleton";
import { absoluteTime, count } from "@/lib/format";
import { BudgetDialog } from "./budget-dialog";
import { AT_LIMIT, PERIODS, SCOPES } from "./budget-words";
import { budgetList, useDeleteBudget } from "./budgets-api";

type Open = { readonly what: "edit" | "delete"; readonly budget: Budget } | { readonly what: "new" };

/** Limits of what model calls may cost, with what is settled and reserved of each. */
export function BudgetsSection({ canWrite }: { readonly canWrite: boolean }) {
  const budgets = useQuery(budgetList);
  const [open, setOpen] = useState<Open | null>(null);
  const close = () => setOpen(null);
  return (
    <Section
      title="Budgets"
      description="Limits of what model calls may cost. A call is reserved at its worst case before it is made."
      actions={
        canWrite && (
          <Button size="sm" icon={Plus} onClick={() => setOpen({ what: "new" })}>
            New budget
          </Button>
        )
      }
    >
      <Loaded query={budgets} skeleton={<Skeleton className="h-5 w-2/3" />}>
        {(items) =>
          items.length === 0 ? (
            <p className="text-muted text-sm">
              No budgets. A budget refuses model calls beyond a limit, asks a person, or uses a cheaper model.
            </p>
          ) : (
            <ul aria-label="Budgets" className="grid grid-cols-1 gap-4 lg:grid-cols-2">
              {items.map((budget) => (
                <li key={budget.id}>
                  <BudgetCard budget={budget} canWrite={canWrite} onOpen={setOpen} />
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
      {open?.what === "new" && <BudgetDialog budget={null} onClose={close} />}
      {open?.what === "edit" && <BudgetDialog budget={open.budget} onClose={close} />}
      {open?.what === "delete" && <DeleteBudget budget={open.budget} onClose={close} />}
    </Section>
  );
}

interface CardProps {
  readonly budget: Budget;
  readonly canWrite: boolean;
  readonly onOpen: (open: Open) => void;
}

function BudgetCard({ budget, canWrite, onOpen }: CardProps) {
  return (
    <section aria-label={budget.name} className="h-full rounded-lg border border-line p-3">
      <header className="flex items-start gap-2">
        <div className="min-w-0 flex-1">
          <p className="flex flex-wrap items-center gap-1.5">
            <span className="truncate font-medium text-fg text-sm">{budget.name}</span>
            {!budget.enabled && <Badge>disabled</Badge>}
            {budget.exhausted_at !== null ? (
              <Badge tone="danger">limit reached</Badge>
            ) : (
              budget.warned_at !== null && <Badge tone="warning">almost used up</Badge>
            )}
          </p>
          <p className="truncate text-muted text-xs">{placeOf(budget)}</p>
        </div>
        {canWrite && (
          <span className="inline-flex shrink-0">
            <IconButton
              size="sm"
              label={`Edit ${budget.name}`}
              icon={Pencil}
              onClick={() => onOpen({ what: "edit", budget })}
            />
            <IconButton
              size="sm"
              label={`Delete ${budget.name}`}
              icon={Trash2}
              onClick={() => onOpen({ what: "delete", budget })}
            />
          </span>
        )}
      </header>
      {budget.limit_usd !== null && (
        <Bar
          budget={budget}
          limit={Number(budget.limit_usd) + Number(budget.granted_usd)}
          settled={Number(budget.settled_usd)}
          reserved={Number(budget.reserved_usd)}
          write={dollars}
          told={[budget.settled_usd, budget.reserved_usd, budget.remaining_usd, budget.limit_usd]}
        />
      )}
      {budget.limit_tokens !== null && (
        <Bar
          budget={budget}
          limit={budget.limit_tokens + budget.granted_tokens}
          settled={budget.settled_tokens}
          reserved={budget.reserved_tokens}
          write={(amount) => `${count(Number(amount))} tokens`}
          told={[budget.settled_tokens, budget.reserved_tokens, budget.remaining_tokens, budget.limit_tokens]}
        />
      )}
      <p className="mt-2 text-muted text-xs">
        At the limit: {AT_LIMIT[budget.at_limit]}
        {budget.fallback_model !== null && ` (${budget.fallback_model})`}.
        {Number(budget.granted_usd) > 0 && ` Granted beyond it: ${dollars(budget.granted_usd)}.`}
        {budget.unpriced_calls > 0 && ` ${count(budget.unpriced_calls)} calls of unknown price count tokens only.`}
      </p>
    </section>
  );
}

interface BarProps {
  readonly budget: Budget;
  readonly limit: number;
  readonly settled: number;
  readonly reserved: number;
  readonly write: (amount: string | number) => string;
  /** Settled, reserved, remaining and limit, exactly. */
  readonly told: readonly [string | number, string | number, string | number | null, string | number];
}

/** What is settled and reserved of a limit. */
function Bar({ budget, limit, settled, reserved, write, told }: BarProps) {
  const [used, held, left, most] = told;
  if (left === null) return <p className="mt-2 text-fg text-sm tabular-nums">{write(most)} for each run</p>;
  const part = (amount: number) => `${limit > 0 ? Math.min(100, (amount / limit) * 100) : amount > 0 ? 100 : 0}%`;
  const tone =
    budget.exhausted_at !== null ? "var(--danger)" : budget.warned_at !== null ? "var(--warning)" : "var(--chart-decision)";
  return (
    <div className="mt-2.5">
      <div
        role="img"
        aria-label={`${write(used)} of ${write(most)} settled, ${write(held)} reserved`}
        className="flex h-2 overflow-hidden rounded-full bg-sunken"
      >
        <span style={{ width: part(settled), background: tone }} />
        <span style={{ width: part(reserved), background: tone, opacity: 0.4 }} />
      </div>
      <dl className="mt-1.5 flex flex-wrap gap-x-5 gap-y-1 text-xs tabular-nums">
        {(
          [
            ["Limit", write(most)],
            ["Settled", write(used)],
            ["Reserved", write(held)],
            ["Remaining", write(left)],
          ] as const
        ).map(([name, value]) => (
          <div key={name} className="flex gap-1">
            <dt className="text-muted">{name}</dt>
            <dd className="text-fg">{value}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

/** All digits of an amount, and at least those of cents. */
function dollars(amount: string | number): string {
  return `$${/\.\d{2}/.test(String(amount)) ? amount : Number(amount).toFixed(2)}`;
}

function placeOf(budget: Budget): string {
  const subject = budget.subject_id === null ? "" : ` ${budget.subject_name ?? "(deleted)"}`;
  const reset = budget.resets_at === null ? "" : `, resets ${absoluteTime(budget.resets_at)}`;
  return `${SCOPES[budget.scope]}${subject}, ${PERIODS[budget.period].toLowerCase()}${reset}`;
}

function DeleteBudget({ budget, onClose }: { readonly budget: Budget; readonly onClose: () => void }) {
  const remove = useDeleteBudget();
  return (
    <ConfirmDialog
      open
      onOpenChange={onClose}
      title={`Delete ${budget.name}?`}
      confirmLabel="Delete"
      busy={remove.isPending}
      error={remove.error ? <ErrorNotice error={remove.error} /> : undefined}
      onConfirm={() => remove.mutate(budget.id, { onSuccess: onClose })}
    >
      Model calls are no longer limited by it, and what it has counted is deleted.
    </ConfirmDialog>
  );
}
