import type { JsonObject } from "@/api/types";

export type ReadJson =
  | { readonly value: JsonObject; readonly problem: undefined }
  | { readonly value: undefined; readonly problem: string };

/** A typed text as a JSON object, or what is wrong with it. */
export function readJsonObject(text: string): ReadJson {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return {
      value: undefined,
      problem: error instanceof Error ? `This is not JSON yet: ${error.message}.` : "This is not JSON yet.",
    };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return { value: undefined, problem: "An object is needed: { … }." };
  return { value: value as JsonObject, problem: undefined };
}
