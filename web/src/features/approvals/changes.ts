import type { Json } from "@/api/types";
import { stringifyJson } from "@/lib/exact-json";

export interface Change {
  readonly field: string;
  readonly before: Json | null;
  readonly after: Json | null;
}

/** The fields of two values that differ, nested ones by their paths, as the server tells them; lists are compared whole. */
export function changesOf(before: Json, after: Json): Change[] {
  const was = leaves(before);
  const now = leaves(after);
  const names = [...was.keys(), ...[...now.keys()].filter((name) => !was.has(name))];
  return names
    .filter((name) => textOf(was.get(name)) !== textOf(now.get(name)))
    .map((field) => ({ field, before: was.get(field) ?? null, after: now.get(field) ?? null }));
}

function leaves(value: Json, path = ""): Map<string, Json> {
  if (typeof value !== "object" || value === null || Array.isArray(value) || Object.keys(value).length === 0) {
    return new Map([[path === "" ? "value" : path, value]]);
  }
  return new Map(
    Object.entries(value).flatMap(([name, each]) => [...leaves(each as Json, path === "" ? name : `${path}.${name}`)]),
  );
}

function textOf(value: Json | undefined): string {
  return value === undefined ? "" : stringifyJson(value);
}
