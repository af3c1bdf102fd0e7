import type { Json } from "@/api/types";
import type { Field } from "../graph/schema";

export interface FieldProps {
  readonly field: Field;
  readonly value: Json | undefined;
  /** Undefined leaves the field out. */
  readonly onChange: (value: Json | undefined) => void;
  readonly error: string | undefined;
  readonly isReadOnly: boolean;
  /** The keys of the state, to choose from where values are written to it. */
  readonly stateKeys: readonly string[];
  /** The ids of the graph's nodes. */
  readonly nodeIds: readonly string[];
}

export function labelOf({ field }: { readonly field: Field }): { label: string; required: boolean; hint?: string } {
  return { label: field.label, required: field.isRequired, ...(field.hint ? { hint: field.hint } : {}) };
}
