import { ChevronRight } from "lucide-react";
import type { AgentTool } from "@/api/types";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import { commaSeparated } from "@/lib/comma-separated";

type Approval = NonNullable<AgentTool["approval"]>;

const EVERYONE: Approval = {
  assignees: [],
  role: null,
  quorum: 1,
  expires: null,
  on_expiry: "deny",
  escalate_to: null,
};
const ROLES = [
  { value: "owner", label: "Owners" },
  { value: "admin", label: "Admins and owners" },
  { value: "agent_manager", label: "Agent managers, admins and owners" },
] as const;

interface Props {
  /** What the approval is for: names the fields for screen readers. */
  readonly name: string;
  readonly approval: Approval | null;
  readonly isReadOnly: boolean;
  readonly error: string | undefined;
  readonly onChange: (approval: Approval | null) => void;
}

/** Who approves calls, how many must, and until when. Nothing set: all who may decide on approvals, at any time. */
export function ApprovalFields({ name, approval, isReadOnly, error, onChange }: Props) {
  const current = approval ?? EVERYONE;

  function change(part: Partial<Approval>): void {
    const next = { ...current, ...part };
    const isEveryone = next.assignees.length === 0 && next.role === null && next.quorum === 1 && next.expires === null;
    onChange(isEveryone ? null : next);
  }

  return (
    <details className="group mt-1.5" open={Boolean(error) || undefined}>
      <summary className="inline-flex list-none items-center gap-1 text-muted text-xs hover:text-fg">
        <ChevronRight aria-hidden className="size-3 shrink-0 transition-transform group-open:rotate-90" />
        Approved by {approversOf(approval)}
      </summary>
      <fieldset className="mt-2 grid gap-3 sm:grid-cols-2" disabled={isReadOnly}>
        <legend className="sr-only">Approval of {name}</legend>
        <Field label="Assignees" error={error} hint="Comma-separated email addresses. Leave blank for all who may decide.">
          {(control) => (
            <Input
              {...control}
              defaultValue={current.assignees.join(", ")}
              onBlur={(event) => change({ assignees: commaSeparated(event.target.value) })}
            />
          )}
        </Field>
        <Field label="Role" hint="Members with it, or a higher one, may decide too.">
          {(control) => (
            <Select
              {...control}
              value={current.role ?? ""}
              onChange={(event) => change({ role: (event.target.value || null) as Approval["role"] })}
            >
              <option value="">None</option>
              {ROLES.map((each) => (
                <option key={each.value} value={each.value}>
                  {each.label}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Field label="Required approvals">
          {(control) => (
            <Input
              {...control}
              type="number"
              min={1}
              max={50}
              value={current.quorum}
              onChange={(event) =>
                change({ quorum: Math.min(50, Math.max(1, Math.round(Number(event.target.value)) || 1)) })
              }
            />
          )}
        </Field>
        <Field label="Expires after" hint="A duration such as PT4H or P2D. The call is then denied.">
          {(control) => (
            <Input
              {...control}
              placeholder="Never"
              defaultValue={current.expires ?? ""}
              onBlur={(event) => change(expiryOf(event.target.value, current))}
            />
          )}
        </Field>
      </fieldset>
    </details>
  );
}

function approversOf(approval: Approval | null): string {
  if (approval === null) return "all who may decide";
  const role = ROLES.find((each) => each.value === approval.role)?.label.toLowerCase();
  const names = [...approval.assignees, ...(role === undefined ? [] : [role])];
  const who = names.length === 0 ? "all who may decide" : names.join(", ");
  return approval.quorum > 1 ? `${approval.quorum} of ${who}` : who;
}

/** An approval that never expires escalates to nobody. */
function expiryOf(text: string, current: Approval): Partial<Approval> {
  const expires = text.trim() === "" ? null : text.trim();
  return expires === null
    ? { expires, on_expiry: "deny", escalate_to: null }
    : { expires, on_expiry: current.on_expiry, escalate_to: current.escalate_to };
}
