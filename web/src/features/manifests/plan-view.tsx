import type { ManifestPlan } from "@/api/types";
import { Badge, type Tone } from "@/components/ui/badge";
import { Notice } from "@/components/ui/notice";
import { stringifyJson } from "@/lib/exact-json";

const TONES: Record<string, Tone> = { create: "success", change: "info", delete: "danger", unchanged: "neutral" };
const LONGEST = 300;

function short(value: unknown): string {
  if (value === null) return "—";
  const text = typeof value === "string" ? value : stringifyJson(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

/** What an apply does, or what keeps it from being done. */
export function PlanView({ plan }: { plan: ManifestPlan }) {
  if (plan.problems.length > 0)
    return (
      <Notice tone="danger">
        The files cannot be applied; nothing was changed.
        <ul aria-label="Problems" className="mt-1.5 flex flex-col gap-1">
          {plan.problems.map((each) => (
            <li key={`${each.file}:${each.line}:${each.column}:${each.field}`} className="break-words">
              <code className="text-xs">
                {each.file}:{each.line}:{each.column}
              </code>{" "}
              {each.field} {each.message}. {each.remedy}
            </li>
          ))}
        </ul>
      </Notice>
    );
  const count = plan.changes.filter((each) => each.action === "unchanged").length;
  return (
    <div className="flex flex-col gap-3">
      <ul aria-label="Plan" className="flex flex-col divide-y divide-line rounded-md border border-line">
        {plan.changes
          .filter((each) => each.action !== "unchanged")
          .map((each) => (
            <li key={`${each.kind}:${each.name}`} className="flex flex-col gap-1.5 px-3 py-2">
              <span className="flex flex-wrap items-center gap-2 text-sm">
                <Badge tone={TONES[each.action] ?? "neutral"}>{each.action}</Badge>
                <span className="text-muted">{each.kind}</span>
                <span className="font-medium">{each.name}</span>
              </span>
              <dl className="grid gap-x-3 gap-y-0.5 text-xs sm:grid-cols-[minmax(0,1fr)_minmax(0,3fr)]">
                {each.fields.map((field) => (
                  <div key={field.field} className="contents">
                    <dt className="break-words text-muted">{field.field}</dt>
                    <dd className="whitespace-pre-wrap break-words font-mono">
                      {each.action === "create" ? short(field.after) : `${short(field.before)} → ${short(field.after)}`}
                    </dd>
                  </div>
                ))}
              </dl>
            </li>
          ))}
        {plan.changes.length === count && <li className="px-3 py-2 text-muted text-sm">No changes.</li>}
      </ul>
      {count > 0 && <p className="text-muted text-xs">{count} unchanged.</p>}
      {plan.missing_secrets.length > 0 && (
        <Notice tone="warning">
          Secrets to set: {plan.missing_secrets.map((each) => `${each.name} (${each.field})`).join(", ")}.
        </Notice>
      )}
    </div>
  );
}
