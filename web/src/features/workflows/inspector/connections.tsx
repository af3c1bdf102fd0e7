import { ArrowRight, Plus, X } from "lucide-react";
import { useState } from "react";
import { Button, IconButton } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Select } from "@/components/ui/select";
import { END, edgesOf } from "../graph/document";
import { connect, freeTargets, removeEdge } from "../graph/operations";
import { graphOf, type InspectorContext } from "./context";

interface Props {
  readonly id: string;
  readonly context: InspectorContext;
}

/** Where a node leads, and the form that connects it: what is done on the canvas by dragging. */
export function Connections({ id, context }: Props) {
  const { scope, isReadOnly, change, onSelect } = context;
  const graph = graphOf(context);
  const edges = edgesOf(graph, scope);
  const out = edges.filter((edge) => edge.from === id);
  const into = edges.filter((edge) => edge.to === id);
  return (
    <section aria-label="Connections" className="flex flex-col gap-2">
      <h3 className="font-medium text-fg text-xs">Leads to</h3>
      {out.length === 0 && <p className="text-muted text-xs">Nothing yet.</p>}
      <ul className="flex flex-col gap-1">
        {out.map((edge) => (
          <li key={`${edge.index} ${edge.kind} ${edge.to}`} className="flex min-w-0 items-center gap-1">
            <button
              type="button"
              disabled={edge.index < 0}
              onClick={() => onSelect({ kind: "edge", index: edge.index })}
              className="flex min-w-0 flex-1 items-center gap-1.5 rounded-md border border-line px-2 py-1 text-left text-xs hover:bg-hover disabled:cursor-default disabled:hover:bg-transparent"
            >
              <ArrowRight aria-hidden className="size-3 shrink-0 text-faint" />
              <span className="shrink-0 font-medium text-fg">{edge.to}</span>
              <span className="min-w-0 flex-1 truncate font-mono text-muted">{edge.label}</span>
            </button>
            {!isReadOnly && edge.index >= 0 && (
              <IconButton
                size="sm"
                icon={X}
                label={`Remove the edge to ${edge.to}`}
                onClick={() => change((definition) => removeEdge(definition, scope, edge.index))}
              />
            )}
          </li>
        ))}
      </ul>
      {!isReadOnly && id !== END && <ConnectForm id={id} context={context} />}
      {into.length > 0 && (
        <p className="text-muted text-xs">
          Reached from <span className="text-fg">{[...new Set(into.map((edge) => edge.from))].join(", ")}</span>
        </p>
      )}
    </section>
  );
}

function ConnectForm({ id, context }: Props) {
  const free = freeTargets(graphOf(context), id);
  const [asked, setAsked] = useState("");
  const to = free.includes(asked) ? asked : (free.find((each) => each !== id) ?? "");
  if (free.length === 0) return null;
  return (
    <form
      className="flex items-end gap-1.5"
      onSubmit={(event) => {
        event.preventDefault();
        context.change((definition) => connect(definition, context.scope, id, to));
      }}
    >
      <Field label="Connect to" className="flex-1">
        {(control) => (
          <Select {...control} value={to} onChange={(event) => setAsked(event.target.value)}>
            {free.map((each) => (
              <option key={each} value={each}>
                {each}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Button type="submit" icon={Plus}>
        Connect
      </Button>
    </form>
  );
}
