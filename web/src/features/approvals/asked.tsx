import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { Approval, Json } from "@/api/types";
import { stringifyJson } from "@/lib/exact-json";
import { plural } from "@/lib/format";
import { approvalDetail } from "./api";

/** What a person should know before they decide: the prompt, who asked, where the call goes, and who else decides. */
export function Asked({ approval }: { readonly approval: Approval }) {
  const detail = useQuery({ ...approvalDetail(approval.id), enabled: isOfTool(approval) });
  const facts: [string, ReactNode][] = [];
  if (approval.prompt) facts.push(["Asked", <Prompt key="prompt" text={approval.prompt} />]);
  if (approval.requested_by_name) facts.push(["Started by", approval.requested_by_name]);
  if (approval.node_id) facts.push(["Node", <code key="node">{approval.node_id}</code>]);
  if (detail.data?.url) {
    facts.push([
      "Call",
      <code key="call" className="break-all">
        {[detail.data.method, detail.data.url].filter(Boolean).join(" ")}
      </code>,
    ]);
  }
  const people = peopleOf(approval);
  if (people) facts.push(["Decided by", people]);
  if (approval.escalated_at) facts.push(["Escalated", "Nobody decided in time."]);
  if (facts.length === 0) return null;
  return (
    <dl className="grid grid-cols-[max-content_minmax(0,1fr)] gap-x-3 gap-y-1 text-xs">
      {facts.map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="text-faint">{name}</dt>
          <dd className="min-w-0 text-muted">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function isOfTool({ kind }: Approval): boolean {
  return kind === "tool_call" || kind === "unknown_outcome";
}

function Prompt({ text }: { readonly text: string }) {
  return <span className="line-clamp-3 whitespace-pre-wrap break-words">{text}</span>;
}

const ROLES = { owner: "owners", admin: "admins and owners", agent_manager: "agent managers, admins and owners" };

function peopleOf({ assignees, role, quorum }: Approval): string | null {
  const names = assignees.map((each) => each.full_name ?? "a former member");
  if (role) names.push(ROLES[role as keyof typeof ROLES]);
  const who = names.join(", ");
  if (quorum > 1) return `${plural(quorum, "person", "people")}${who ? ` of ${who}` : ""}`;
  return who || null;
}

/** What persons have decided so far. */
export function Decisions({ approval }: { readonly approval: Approval }) {
  if (approval.decisions.length === 0 || (approval.decisions.length === 1 && approval.status !== "pending")) return null;
  return (
    <ul className="grid gap-1 text-xs" aria-label="Decisions">
      {approval.decisions.map((each) => (
        <li key={each.id} className="text-muted">
          <span className="font-medium text-fg">{each.full_name ?? "A former member"}</span> {each.status}
          {each.by_link ? " by a link" : ""}
          {each.comment ? `: “${each.comment}”` : ""}
        </li>
      ))}
    </ul>
  );
}

/** What was edited when an approval was decided, field by field. */
export function Changes({ approval }: { readonly approval: Approval }) {
  const isEdited = approval.decision?.arguments !== undefined || approval.decision?.value !== undefined;
  const detail = useQuery({ ...approvalDetail(approval.id), enabled: isEdited });
  if (!isEdited || !detail.data) return null;
  return <FieldChanges changes={detail.data.changes} />;
}

interface Change {
  readonly field: string;
  readonly before: unknown;
  readonly after: unknown;
}

export function FieldChanges({ changes }: { readonly changes: readonly Change[] }) {
  if (changes.length === 0) return null;
  return (
    <ul className="grid gap-1 rounded-lg border border-line bg-sunken px-3 py-2 font-mono text-xs" aria-label="Changes">
      {changes.map((each) => (
        <li key={each.field} className="break-words">
          <span className="text-faint">{each.field}: </span>
          <del className="bg-danger-soft text-danger no-underline">{textOf(each.before)}</del>
          <span aria-hidden="true"> → </span>
          <ins className="bg-success-soft text-success no-underline">{textOf(each.after)}</ins>
        </li>
      ))}
    </ul>
  );
}

function textOf(value: unknown): string {
  return value === null || value === undefined ? "not set" : stringifyJson(value as Json);
}
