/** The words in what agents, models and tools give each other as JSON. */

import type { Json, JsonObject } from "@/api/types";
import { parseJson, stringifyJson } from "@/lib/exact-json";

/** What was asked, as text: the prompt when there is one, else the whole input. */
export function promptOf(input: Json): string {
  return (
    (isObject(input) ? (textOf(input.prompt) ?? textOf(input.content)) : null) ??
    (typeof input === "string" ? input : stringifyJson(input, 2))
  );
}

/** The text in a message, an answer or an output; null when there is none. */
export function textOf(value: Json | undefined): string | null {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) {
    const parts = value.map((part) =>
      isObject(part) && part.type === "text" && typeof part.text === "string" ? part.text : null,
    );
    return parts.some((part) => part !== null) ? parts.filter((part) => part !== null).join("") : null;
  }
  if (!isObject(value)) return null;
  for (const key of ["text", "content", "output", "answer", "message"]) {
    if (key in value) {
      const text = textOf(value[key]);
      if (text !== null) return text;
    }
  }
  return null;
}

/** A text that is a JSON object or list reads better as what it is. */
export function parsed(value: Json): Json {
  if (typeof value !== "string" || !/^\s*[[{]/.test(value)) return value;
  try {
    return parseJson(value) as Json;
  } catch {
    return value;
  }
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
