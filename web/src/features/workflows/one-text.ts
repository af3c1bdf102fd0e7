import type { Json, JsonObject, Workflow } from "@/api/types";

/** Whether you can chat with a workflow: it is published, and its input is one text. The server decides on the version. */
export function isConversational({ active_version, definition }: Workflow): boolean {
  const schema = (definition as JsonObject).input_schema;
  if (active_version === null || !isObject(schema) || !isObject(schema.properties)) return false;
  const required = Array.isArray(schema.required) ? schema.required : [];
  const wanted = required.length > 0 ? required : Object.keys(schema.properties);
  const [only] = wanted;
  const field = typeof only === "string" ? schema.properties[only] : undefined;
  return wanted.length === 1 && isObject(field) && field.type === "string";
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
