/** An HTTP call as it is typed into the dialog of a tool, and the tool the API takes of it. */

import type { Effect, Json, JsonObject, NewTool, Tool } from "@/api/types";
import { stringifyJson } from "@/lib/exact-json";
import { readJson, readJsonObject } from "@/lib/read-json";
import { credentialsOf, NO_SIGN_IN, type SignIn, signInPlaces } from "./sign-in";

export interface Pair {
  readonly key: number;
  readonly name: string;
  readonly value: string;
}

export interface ToolForm {
  readonly name: string;
  readonly description: string;
  readonly method: string;
  readonly url: string;
  readonly query: readonly Pair[];
  readonly headers: readonly Pair[];
  readonly bodyType: string;
  readonly body: string;
  /** Parameters in OpenAPI's styles; they are kept as they are. */
  readonly parameterCount: number;
  readonly schema: string;
  readonly effect: "" | Effect;
  readonly select: string;
  readonly maxChars: string;
  readonly errors: readonly Pair[];
  readonly idempotencyHeader: string;
  readonly signIn: SignIn;
}

const EMPTY: ToolForm = {
  name: "",
  description: "",
  method: "GET",
  url: "",
  query: [],
  headers: [],
  bodyType: "json",
  body: "",
  parameterCount: 0,
  schema: "",
  effect: "",
  select: "",
  maxChars: "",
  errors: [],
  idempotencyHeader: "Idempotency-Key",
  signIn: NO_SIGN_IN,
};

/** So much of an answer a model is shown where nothing else is said. */
export const USUAL_MAX_CHARS = 20_000;

let lastKey = 0;

export function newPair(name = "", value = ""): Pair {
  lastKey += 1;
  return { key: lastKey, name, value };
}

/** A method that only reads has no body; an imported GET keeps the one it has. */
export function hasBody(method: string): boolean {
  return method !== "GET" && method !== "HEAD";
}

/** A body that is one text, not JSON. */
export function isPlain(bodyType: string): boolean {
  return bodyType === "text" || bodyType === "binary";
}

/** What repeating a call does, as far as its method tells; the server goes by the same when it is told nothing. */
export function effectOf(method: string): Effect {
  if (!hasBody(method)) return "read_only";
  return method === "PUT" || method === "DELETE" ? "idempotent" : "dangerous";
}

/** The form of a tool that exists, or an empty one. What is stored to sign in is never sent here: it is kept or replaced. */
export function formOf(tool: Tool | null): ToolForm {
  if (tool === null) return EMPTY;
  const { method, url, query, headers, body, body_type, response, errors, parameters, idempotency_header } =
    tool.configuration;
  const { select, max_chars } = (response ?? {}) as JsonObject;
  return {
    name: tool.name,
    description: tool.description,
    method: String(method ?? "GET"),
    url: String(url ?? ""),
    query: pairsOf(query),
    headers: pairsOf(headers),
    bodyType: String(body_type ?? "json"),
    body: bodyText(body, body_type),
    parameterCount: Array.isArray(parameters) ? parameters.length : 0,
    schema: stringifyJson(tool.parameters_schema, 2),
    effect: tool.effect === effectOf(String(method ?? "GET")) ? "" : tool.effect,
    select: String(select ?? ""),
    maxChars: max_chars === undefined || max_chars === USUAL_MAX_CHARS ? "" : String(max_chars),
    errors: pairsOf(errors),
    idempotencyHeader: String(idempotency_header ?? ""),
    signIn: { ...NO_SIGN_IN, kind: tool.has_credentials ? "kept" : "none" },
  };
}

function pairsOf(document: Json | undefined): Pair[] {
  if (typeof document !== "object" || document === null || Array.isArray(document)) return [];
  return Object.entries(document).map(([name, value]) => newPair(name, String(value)));
}

function bodyText(body: Json | undefined, type: Json | undefined): string {
  if (body === undefined || body === null) return "";
  return isPlain(String(type)) ? String(body) : stringifyJson(body, 2);
}

function entriesOf(pairs: readonly Pair[]): JsonObject {
  const named = pairs.filter((pair) => pair.name.trim() !== "");
  return Object.fromEntries(named.map((pair) => [pair.name.trim(), pair.value]));
}

/** The tool that the form describes; what a later version may add to a configuration stays as it was. */
export function toolOf(form: ToolForm, before: Tool | null): NewTool {
  const hasText = hasBody(form.method) && form.body.trim() !== "";
  const credentials = credentialsOf(form.signIn);
  const kept = form.method === "GET" && before?.configuration.method === "GET" ? (before.configuration.body ?? null) : null;
  return {
    name: form.name.trim(),
    description: form.description.trim(),
    tool_type: "api",
    configuration: {
      ...before?.configuration,
      method: form.method,
      url: form.url.trim(),
      query: entriesOf(form.query),
      headers: entriesOf(form.headers),
      body_type: form.bodyType,
      body: hasText ? bodyOf(form) : kept,
      response: {
        select: form.select.trim(),
        max_chars: form.maxChars.trim() === "" ? USUAL_MAX_CHARS : Number(form.maxChars),
      },
      errors: entriesOf(form.errors),
      idempotency_header: form.idempotencyHeader.trim() || null,
    },
    parameters_schema: form.schema.trim() === "" ? null : (readJsonObject(form.schema).value ?? null),
    effect: form.effect === "" ? null : form.effect,
    ...(credentials === undefined ? {} : { credentials }),
  };
}

function bodyOf(form: ToolForm): Json {
  return isPlain(form.bodyType) ? form.body : (readJson(form.body).value ?? null);
}

/** What keeps the form from being sent, by field. */
export function problemsIn(form: ToolForm): { body?: string; schema?: string } {
  const problems: { body?: string; schema?: string } = {};
  if (form.schema.trim() !== "") {
    const { problem } = readJsonObject(form.schema);
    if (problem !== undefined) problems.schema = problem;
  }
  if (hasBody(form.method) && !isPlain(form.bodyType) && form.body.trim() !== "") {
    const isObject = form.bodyType !== "json" && !form.body.trim().startsWith('"');
    const { problem } = isObject ? readJsonObject(form.body) : readJson(form.body);
    if (problem !== undefined) problems.body = problem;
  }
  return problems;
}

/** The names that the server may give a row of pairs: of its value, and of its name. */
export function pairPlaces(part: "query" | "headers" | "errors", name: string): string[] {
  return [`configuration.${part}.${name.trim()}`, `configuration.${part}.${name.trim()}.[key]`];
}

/** The names of all fields at which a problem is told; whatever else the server says is told below the form. */
export function placesIn(form: ToolForm): ReadonlySet<string> {
  const plain = ["name", "description", "parameters_schema", "effect", "configuration.method", "configuration.url"];
  return new Set([
    ...plain,
    ...(hasBody(form.method) ? ["configuration.body", "configuration.idempotency_header"] : []),
    ...form.query.flatMap((pair) => pairPlaces("query", pair.name)),
    ...form.headers.flatMap((pair) => pairPlaces("headers", pair.name)),
    ...form.errors.flatMap((pair) => pairPlaces("errors", pair.name)),
    "configuration.response.select",
    "configuration.response.max_chars",
    ...signInPlaces(form.signIn.kind),
  ]);
}
