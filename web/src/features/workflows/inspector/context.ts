import type { JsonObject, WorkflowFinding } from "@/api/types";
import type { Edit } from "../editor/use-draft";
import { graphAt, nodesOf, objectOf, type Scope } from "../graph/document";
import { findingsAt } from "../graph/findings";
import type { Selection } from "../graph/operations";
import type { DefinitionSchema } from "../graph/schema";

/** What the parts of the inspector work with. */
export interface InspectorContext {
  /** Undefined for a workflow that is not saved yet. */
  readonly workflowId: string | undefined;
  readonly definition: JsonObject;
  readonly scope: Scope;
  readonly schema: DefinitionSchema;
  readonly findings: readonly WorkflowFinding[];
  readonly isReadOnly: boolean;
  readonly change: (edit: Edit, key?: string) => void;
  readonly onSelect: (selection: Selection) => void;
  readonly onOpen: (id: string) => void;
}

export function graphOf({ definition, scope }: Pick<InspectorContext, "definition" | "scope">): JsonObject {
  return graphAt(definition, scope) ?? {};
}

export function stateKeysOf(definition: JsonObject): string[] {
  return Object.keys(objectOf(definition.state));
}

export function nodeIdsOf(graph: JsonObject, except?: string): string[] {
  return nodesOf(graph)
    .filter((each) => each.type !== "note" && each.id !== except)
    .map((each) => each.id);
}

/** What is told at a field: the first findings within it; undefined for none. */
export type Told = (field: string) => string | undefined;

export function toldAt(context: InspectorContext, selection: Selection): { told: Told; whole: WorkflowFinding[] } {
  const here = findingsAt(context.definition, context.scope, selection, context.findings);
  const told = (field: string) => {
    const texts = here
      .filter((each) => each.field === field || each.field.startsWith(`${field}/`))
      .map(({ finding }) => [finding.message, finding.suggestion].filter(Boolean).join(" "));
    return texts.length === 0 ? undefined : texts.slice(0, 3).join(" ");
  };
  return { told, whole: here.filter((each) => each.field === "").map((each) => each.finding) };
}
