/** Definitions to start from; `tests/workflows/test_starters.py` runs each. */
import type { Json, JsonObject } from "@/api/types";
import { setField } from "./graph/operations";
import given from "./starters.json";

export interface Starter {
  readonly name: string;
  readonly description: string;
  /** The node that needs an agent of the organization. */
  readonly agent?: string;
  readonly definition: JsonObject;
}

export const STARTERS = given as unknown as readonly Starter[];

/** The definition of a starter, for an agent where it needs one. */
export function startedWith(starter: Starter, name: string, agent: Json): JsonObject {
  const named = name.trim() === "" ? starter.definition : { ...starter.definition, name: name.trim() };
  return starter.agent === undefined ? named : setField(named, [], starter.agent, "agent", agent);
}
