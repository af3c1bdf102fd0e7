/** Reads a JSON Schema of an object into form fields, and what was typed back into JSON. Pure. */

import type { Json, JsonObject } from "@/api/types";
import { numberOf, parseJson, stringifyJson } from "./exact-json";

export type FieldKind = "text" | "long" | "number" | "integer" | "boolean" | "json";

export interface SchemaField {
  name: string;
  label: string;
  description: string | undefined;
  kind: FieldKind;
  choices: string[] | null;
  isRequired: boolean;
  initial: string;
}

/** From so many characters on, a text gets a box of several lines. */
const LONG_TEXT = 500;

function objectOf(value: Json | undefined): JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
}

function kindOf(schema: JsonObject): FieldKind {
  const types = (Array.isArray(schema.type) ? schema.type : [schema.type]).filter((type) => type !== "null");
  const type = types.length === 1 ? types[0] : undefined;
  if (type === "string") return typeof schema.maxLength === "number" && schema.maxLength > LONG_TEXT ? "long" : "text";
  if (type === "number" || type === "integer" || type === "boolean") return type;
  return "json";
}

function choicesOf(schema: JsonObject): string[] | null {
  if (!Array.isArray(schema.enum)) return null;
  const texts = schema.enum.filter((choice) => typeof choice === "string");
  return texts.length > 0 && texts.length === schema.enum.filter((choice) => choice !== null).length ? texts : null;
}

function initialOf(schema: JsonObject): string {
  if (schema.default === undefined || schema.default === null) return "";
  return typeof schema.default === "string" ? schema.default : stringifyJson(schema.default);
}

function words(name: string): string {
  const spaced = name.replaceAll(/[_-]+/g, " ");
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

export function fieldsOf(schema: JsonObject): SchemaField[] {
  const required = Array.isArray(schema.required) ? schema.required : [];
  return Object.entries(objectOf(schema.properties)).map(([name, each]) => {
    const field = objectOf(each);
    return {
      name,
      label: typeof field.title === "string" ? field.title : words(name),
      description: typeof field.description === "string" ? field.description : undefined,
      kind: kindOf(field),
      choices: choicesOf(field),
      isRequired: required.includes(name),
      initial: initialOf(field),
    };
  });
}

export function initialTexts(schema: JsonObject): Record<string, string> {
  return Object.fromEntries(fieldsOf(schema).map((field) => [field.name, field.initial]));
}

export interface ReadValues {
  values: JsonObject;
  errors: Record<string, string>;
}

/** What was typed, as JSON; an empty optional field is left out. */
export function readValues(schema: JsonObject, texts: Readonly<Record<string, string>>): ReadValues {
  const values: JsonObject = {};
  const errors: Record<string, string> = {};
  for (const field of fieldsOf(schema)) {
    const read = readField(field, texts[field.name] ?? "");
    if (read === null) continue;
    if ("error" in read) errors[field.name] = read.error;
    else values[field.name] = read.value;
  }
  return { values, errors };
}

/** Null leaves the field out. */
function readField(field: SchemaField, text: string): { value: Json } | { error: string } | null {
  if (text.trim() !== "") return field.kind === "boolean" ? { value: text === "true" } : readOne(field.kind, text);
  if (!field.isRequired) return null;
  return field.kind === "boolean" ? { value: false } : { error: "Required." };
}

function readOne(kind: FieldKind, text: string): { value: Json } | { error: string } {
  if (kind === "number" || kind === "integer") {
    const value = numberOf(text.trim());
    if (Number.isNaN(value)) return { error: "Must be a number." };
    if (kind === "integer" && typeof value === "number" && !Number.isInteger(value)) return { error: "Must be an integer." };
    return { value };
  }
  if (kind !== "json") return { value: text };
  try {
    return { value: parseJson(text) as Json };
  } catch {
    return { error: "Must be valid JSON." };
  }
}
