import { ArrowRight, Check } from "lucide-react";
import type { Json, JsonObject } from "@/api/types";
import { JsonView } from "@/components/ui/json-view";
import { cx } from "@/lib/cx";
import { stringifyJson } from "@/lib/exact-json";

/** Why a workflow went where it went: each edge of the decision, its condition, and which was taken. */
export function Decision({ value }: { readonly value: Json }) {
  const told = isObject(value) ? value : {};
  const edges = Array.isArray(told.edges) ? told.edges.filter(isObject) : [];
  if (edges.length === 0) return <JsonView value={value} />;
  return (
    <div className="flex flex-col gap-2 text-sm">
      {typeof told.on === "string" && (
        <p className="text-muted text-xs">
          <code className="font-mono">{told.on}</code> is{" "}
          <code className="font-mono">{stringifyJson(told.value ?? null)}</code>
        </p>
      )}
      <ul aria-label="Edges of the decision" className="flex flex-col gap-1">
        {edges.map((edge) => (
          <li
            key={stringifyJson(edge)}
            className={cx(
              "flex items-center gap-2 rounded-md px-2 py-1",
              edge.is_taken === true ? "bg-success-soft" : "text-muted",
            )}
          >
            {edge.is_taken === true ? (
              <Check aria-label="Taken" className="size-3.5 shrink-0 text-success" />
            ) : (
              <span className="size-3.5 shrink-0" />
            )}
            <code className="min-w-0 flex-1 break-words font-mono text-xs">{conditionOf(edge)}</code>
            <ArrowRight aria-label="leads to" className="size-3.5 shrink-0" />
            <span className="shrink-0 font-medium">{String(edge.to)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function conditionOf(edge: JsonObject): string {
  if (typeof edge.when === "string") return edge.when;
  if (edge.case !== undefined) return stringifyJson(edge.case);
  return edge.else === true ? "else" : "always";
}

function isObject(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
