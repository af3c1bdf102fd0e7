import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { AgentVersionDiff, FieldDiff, TeamVersionDiff } from "@/api/types";
import { type Versioned, versionDiffQuery } from "@/api/version-diff";
import { Badge, type Tone } from "@/components/ui/badge";
import { Loaded } from "@/components/ui/page-states";
import { stringifyJson } from "@/lib/exact-json";
import { TextDiff } from "./text-diff";

type Change = "added" | "removed" | "changed" | "moved";

interface Part {
  name: string;
  change: Change;
  fields: FieldDiff[];
}

const CHANGES: Record<Change, { word: string; tone: Tone }> = {
  added: { word: "Added", tone: "success" },
  removed: { word: "Removed", tone: "danger" },
  changed: { word: "Changed", tone: "info" },
  moved: { word: "Moved", tone: "neutral" },
};

interface Props {
  target: Versioned;
  version: number;
  against: number;
}

/** What differs between two versions of an agent or a team, in its own terms. */
export function VersionDiff({ target, version, against }: Props) {
  const diff = useQuery(versionDiffQuery(target, version, against));
  return <Loaded query={diff}>{(data) => <Differences diff={data} />}</Loaded>;
}

function Differences({ diff }: { readonly diff: AgentVersionDiff | TeamVersionDiff }) {
  const parts = "tools" in diff ? diff.tools.map(partOfTool) : diff.members.map(partOfMember);
  const [added, removed] = "tools" in diff ? [diff.variables_added, diff.variables_removed] : [[], []];
  const sections: [string, ReactNode][] = [];
  if (diff.instructions.length > 0) sections.push(["Instructions", <TextDiff key="text" parts={diff.instructions} />]);
  if (parts.length > 0) sections.push(["tools" in diff ? "Tools" : "Members", <Parts key="parts" parts={parts} />]);
  if (added.length + removed.length > 0) {
    sections.push(["Variables", <Variables key="variables" added={added} removed={removed} />]);
  }
  for (const [title, fields] of [
    ["Model", diff.model],
    ["Limits", diff.limits],
    ["Other settings", diff.other],
  ] as const) {
    if (fields.length > 0) sections.push([title, <Fields key={title} fields={fields} />]);
  }
  if (sections.length === 0) return <p className="text-muted text-sm">No differences.</p>;
  return (
    <div className="flex flex-col gap-4">
      {sections.map(([title, content]) => (
        <section key={title} aria-label={title} className="flex flex-col gap-1.5">
          <h3 className="font-medium text-muted text-xs">{title}</h3>
          {content}
        </section>
      ))}
    </div>
  );
}

function Parts({ parts }: { readonly parts: readonly Part[] }) {
  return (
    <ul className="divide-y divide-line rounded-lg border border-line">
      {parts.map((part) => (
        <li key={part.name} className="flex flex-col gap-1 px-3 py-2 text-sm">
          <span className="flex flex-wrap items-center gap-2">
            <Badge tone={CHANGES[part.change].tone}>{CHANGES[part.change].word}</Badge>
            <span className="min-w-0 break-words">{part.name}</span>
          </span>
          {part.fields.map((field) => (
            <FieldLine key={field.field} field={field} />
          ))}
        </li>
      ))}
    </ul>
  );
}

function Variables({ added, removed }: { readonly added: readonly string[]; readonly removed: readonly string[] }) {
  return (
    <p className="flex flex-wrap gap-1.5 text-sm">
      {added.map((name) => (
        <ins key={name} className="rounded-sm bg-success-soft px-1 text-success no-underline">
          <span className="sr-only">added </span>
          {name}
        </ins>
      ))}
      {removed.map((name) => (
        <del key={name} className="rounded-sm bg-danger-soft px-1 text-danger">
          <span className="sr-only">removed </span>
          {name}
        </del>
      ))}
    </p>
  );
}

function Fields({ fields }: { readonly fields: readonly FieldDiff[] }) {
  return (
    <ul className="divide-y divide-line rounded-lg border border-line">
      {fields.map((field) => (
        <li key={field.field} className="px-3 py-2">
          <FieldLine field={field} />
        </li>
      ))}
    </ul>
  );
}

function FieldLine({ field }: { readonly field: FieldDiff }) {
  return (
    <span className="grid gap-x-3 gap-y-0.5 text-xs sm:grid-cols-[10rem_minmax(0,1fr)]">
      <span className="break-words text-muted">{nameOf(field.field)}</span>
      <span className="min-w-0 break-words">
        <del className="rounded-sm bg-danger-soft px-0.5 text-danger">{textOf(field.before)}</del>{" "}
        <ins className="rounded-sm bg-success-soft px-0.5 text-success no-underline">{textOf(field.after)}</ins>
      </span>
    </span>
  );
}

function partOfTool(tool: AgentVersionDiff["tools"][number]): Part {
  return {
    name: tool.name,
    change: tool.change,
    fields: tool.change === "changed" ? fieldsOf(tool.before, tool.after) : [],
  };
}

function partOfMember(member: TeamVersionDiff["members"][number]): Part {
  const fields = member.change === "changed" ? fieldsOf(member.before, member.after) : [];
  return { name: member.name || "a deleted member", change: member.change, fields };
}

/** The fields of two documents that differ; a nested one is compared as a whole. */
function fieldsOf(before: Record<string, unknown> | null, after: Record<string, unknown> | null): FieldDiff[] {
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  return names
    .map((field) => ({ field, before: before?.[field] ?? null, after: after?.[field] ?? null }))
    .filter((field) => stringifyJson(field.before) !== stringifyJson(field.after)) as FieldDiff[];
}

function textOf(value: unknown): string {
  if (value === null || value === undefined || value === "") return "—";
  if (typeof value === "boolean") return value ? "yes" : "no";
  return typeof value === "object" ? stringifyJson(value) : String(value);
}

/** "config.limits.max_steps" is "limits: max steps" to a reader. */
function nameOf(path: string): string {
  const parts = path.replace(/^(deployment_)?config\./, "").split(".");
  return parts.map((part) => part.replaceAll("_", " ")).join(": ");
}
