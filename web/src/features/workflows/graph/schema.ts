/** What the JSON Schema of definitions says of node types and their fields: what the palette and the inspector show. Pure. */
import type { Json, JsonObject } from "@/api/types";
import { isObject, listOf, objectOf, textOf } from "./document";

export type FieldKind =
  | "reference"
  | "choice"
  | "boolean"
  | "integer"
  | "number"
  | "text"
  | "long"
  | "expression"
  | "code"
  | "texts"
  | "names"
  | "expressions"
  | "object"
  | "error"
  | "body"
  | "json";

export interface Field {
  readonly name: string;
  readonly label: string;
  readonly hint: string;
  readonly kind: FieldKind;
  readonly isRequired: boolean;
  readonly choices: readonly string[];
  readonly fallback: Json;
  readonly example: string;
  /** The fields of an object. */
  readonly fields: readonly Field[];
}

export interface NodeType {
  readonly type: string;
  readonly label: string;
  readonly hint: string;
  readonly fields: readonly Field[];
}

export interface DefinitionSchema {
  readonly types: readonly NodeType[];
  readonly edge: readonly Field[];
  readonly limits: readonly Field[];
  readonly reducers: readonly string[];
}

/** From so many characters on, a text gets a box of several lines. */
const LONG = 500;
const CODE = 50_000;
const DEEPEST = 3;
/** What has its own place in the inspector, or on the canvas. */
const HIDDEN: ReadonlySet<string> = new Set(["type", "position"]);

export function readSchema(schema: JsonObject): DefinitionSchema {
  const defs = objectOf(schema.$defs);
  const properties = objectOf(schema.properties);
  const mapping = objectOf(objectOf(objectOf(objectOf(properties.nodes).items).discriminator).mapping);
  const types = Object.entries(mapping).flatMap(([type, ref]) => {
    const node = resolved({ $ref: ref }, defs);
    return [{ type, label: words(type), hint: firstLine(textOf(node.description)), fields: fieldsOf(node, defs, 0) }];
  });
  const state = objectOf(resolved({ $ref: "#/$defs/StateField" }, defs).properties);
  return {
    types,
    edge: fieldsOf(resolved({ $ref: "#/$defs/Edge" }, defs), defs, 0),
    limits: fieldsOf(resolved(objectOf(properties.limits), defs), defs, 0),
    reducers: listOf(resolved(objectOf(state.reducer), defs).enum).map(String),
  };
}

/** A schema behind its reference, and without the null that makes it optional; siblings of the reference count. */
function resolved(schema: JsonObject, defs: JsonObject): JsonObject {
  const name = textOf(schema.$ref).replace("#/$defs/", "");
  if (name !== "") {
    const { $ref: _, ...siblings } = schema;
    return { "x-name": name, ...objectOf(defs[name]), ...siblings };
  }
  const others = listOf(schema.anyOf).filter((each) => isObject(each) && each.type !== "null");
  const [only] = others;
  if (others.length !== 1 || !isObject(only)) return schema;
  const { anyOf: _, ...siblings } = schema;
  return { ...resolved(only, defs), ...siblings };
}

function fieldsOf(schema: JsonObject, defs: JsonObject, depth: number): Field[] {
  const required = listOf(schema.required);
  return Object.entries(objectOf(schema.properties)).flatMap(([name, each]) => {
    if (HIDDEN.has(name)) return [];
    const raw = objectOf(each);
    const field = resolved(raw, defs);
    const kind = kindOf(name, field, depth);
    return [
      {
        name,
        label: words(name),
        hint: firstLine(textOf(raw.description)),
        kind,
        isRequired: required.includes(name),
        choices: listOf(field.enum).map(String),
        fallback: raw.default ?? null,
        example: textOf(listOf(field.examples)[0]),
        fields: kind === "object" ? fieldsOf(field, defs, depth + 1) : [],
      },
    ];
  });
}

function kindOf(name: string, field: JsonObject, depth: number): FieldKind {
  const known = NAMED[textOf(field["x-name"])];
  if (known) return known;
  if (name === "on_error") return "error";
  if (Array.isArray(field.enum)) return "choice";
  if (field.type === "boolean" || field.type === "integer" || field.type === "number") return field.type;
  if (field.type === "string") return kindOfText(field);
  if (field.type === "object") return kindOfObject(field, depth);
  if (isNames(field)) return "names";
  return "json";
}

/** A list of texts that are not chosen from a list. */
function isNames(field: JsonObject): boolean {
  const items = objectOf(field.items);
  return field.type === "array" && items.type === "string" && !Array.isArray(items.enum);
}

const NAMED: Readonly<Record<string, FieldKind>> = {
  Reference: "reference",
  Body: "body",
  Json: "json",
  JsonObject: "json",
};

function kindOfText(field: JsonObject): FieldKind {
  if (field.format === "expression") return "expression";
  const longest = Number(field.maxLength ?? 0);
  if (longest > CODE) return "code";
  return longest > LONG ? "long" : "text";
}

function kindOfObject(field: JsonObject, depth: number): FieldKind {
  const values = isObject(field.patternProperties) ? Object.values(field.patternProperties)[0] : field.additionalProperties;
  if (isObject(field.properties) && depth < DEEPEST) return "object";
  if (!isObject(values) || values.type !== "string") return "json";
  return values.format === "expression" ? "expressions" : "texts";
}

/** A new node of a type, with what it needs to be filled in. */
export function newNode(type: NodeType, id: string): JsonObject {
  const node: JsonObject = { id, type: type.type };
  for (const field of type.fields) if (field.isRequired && field.name !== "id") node[field.name] = emptyOf(field);
  return { ...node, ...PRESETS[type.type] };
}

function emptyOf(field: Field): Json {
  switch (field.kind) {
    case "reference":
    case "expressions":
    case "texts":
    case "object":
      return {};
    case "body":
      return { nodes: [] };
    case "choice":
      return field.choices[0] ?? "";
    case "boolean":
      return false;
    case "integer":
    case "number":
      return 10;
    case "json":
      return JSON_FIELDS[field.name] ?? {};
    default:
      return field.example;
  }
}

const JSON_FIELDS: Readonly<Record<string, Json>> = { messages: [{ role: "user", text: "" }] };

/** What a node usually begins with. A type that is not here begins with its required fields. */
const PRESETS: Readonly<Record<string, JsonObject>> = {
  agent: { input: { prompt: "" } },
  team: { input: { prompt: "" } },
  approval: { reason: "Continue?" },
  wait_until: { after: "PT1M" },
  question: { form: { type: "object", properties: { answer: { type: "string" } }, required: ["answer"] } },
};

const CAPITALS: Readonly<Record<string, string>> = { http: "HTTP", url: "URL" };

export function words(name: string): string {
  const known = CAPITALS[name];
  if (known) return known;
  const spaced = name.replaceAll(/[_-]+/g, " ");
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

function firstLine(text: string): string {
  return (text.split("\n")[0] ?? "").replaceAll("`", "");
}
