import type { Json, JsonObject } from "@/api/types";
import { parseJson } from "./exact-json";

type Read<Value> =
  | { readonly value: Value; readonly problem: undefined }
  | { readonly value: undefined; readonly problem: string };

export type ReadJson = Read<JsonObject>;

/** A typed text as a JSON value of any kind, or what is wrong with it. */
export function readJson(text: string): Read<Json> {
  try {
    return { value: parseJson(text) as Json, problem: undefined };
  } catch (error) {
    return {
      value: undefined,
      problem: error instanceof Error ? `Invalid JSON: ${error.message}.` : "Invalid JSON.",
    };
  }
}

/** A typed text as a JSON object, or what is wrong with it. */
export function readJsonObject(text: string): ReadJson {
  const { value, problem } = readJson(text);
  if (problem !== undefined) return { value: undefined, problem };
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return { value: undefined, problem: "Must be a JSON object: { … }." };
  return { value, problem: undefined };
}
