/** A tool whose configuration is asked for by a schema, as it is typed, and the body that the API takes of it. */
import type { Effect, Json, JsonObject, NewTool, Tool } from "@/api/types";

/** What is typed: texts of numbers and lists as well, so that a half-typed one stays. */
export type Values = Readonly<Record<string, string | boolean>>;

export interface SchemaField {
  readonly name: string;
  readonly title: string;
  readonly hint: string | undefined;
  readonly kind: "text" | "long" | "secret" | "number" | "switch" | "choice" | "list";
  readonly choices: readonly string[];
  readonly initial: string | boolean;
  readonly isRequired: boolean;
  readonly when: Readonly<Record<string, readonly string[]>>;
}

export interface KindForm {
  readonly name: string;
  readonly description: string;
  readonly values: Values;
  readonly credentials: Values;
  /** What is stored already stays. */
  readonly keepsCredentials: boolean;
  readonly effect: Effect | "";
  readonly limits: LimitForm;
}

export interface LimitForm {
  readonly rate: string;
  readonly seconds: string;
  readonly bytes: string;
  readonly hosts: string;
}

function asObject(value: Json | undefined): JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
}

/** The fields of a schema, in its order; what it fixes (a `const`) is none. */
export function fieldsOf(schema: JsonObject): SchemaField[] {
  const required = Array.isArray(schema.required) ? schema.required : [];
  return Object.entries(asObject(schema.properties)).flatMap(([name, each]) => {
    const outer = asObject(each);
    if (outer.const !== undefined) return [];
    const options = Array.isArray(outer.anyOf) ? outer.anyOf.map(asObject) : [outer];
    const facts = { ...options.find((option) => option.type !== "null"), ...outer };
    const choices = Array.isArray(facts.enum) ? facts.enum.map(String) : [];
    const kind = kindOf(facts, choices);
    const when = asObject(facts["x-when"]) as Record<string, string[]>;
    const title = String(facts.title ?? name);
    const hint = typeof facts.description === "string" ? facts.description : undefined;
    const isRequired = required.includes(name) || (Object.keys(when).length > 0 && facts.default === null && isNeeded(name));
    return [{ name, title, hint, kind, choices, initial: initialOf(facts.default, kind, choices), isRequired, when }];
  });
}

const NEEDED = new Set(["host", "database", "path", "bucket"]);

/** A field that a schema leaves open, because it belongs to one of several forms of a configuration. */
function isNeeded(name: string): boolean {
  return NEEDED.has(name);
}

function kindOf(facts: JsonObject, choices: readonly string[]): SchemaField["kind"] {
  if (choices.length > 0) return "choice";
  if (facts.type === "boolean") return "switch";
  if (facts.type === "integer" || facts.type === "number") return "number";
  if (facts.type === "array") return "list";
  if (facts["x-secret"] === true) return "secret";
  return facts["x-long"] === true ? "long" : "text";
}

function initialOf(value: Json | undefined, kind: SchemaField["kind"], choices: readonly string[]): string | boolean {
  if (kind === "switch") return value === true;
  if (Array.isArray(value)) return value.join(", ");
  if (value === undefined || value === null) return kind === "choice" ? (choices[0] ?? "") : "";
  return String(value);
}

export function initialValues(fields: readonly SchemaField[], given: JsonObject = {}): Values {
  return Object.fromEntries(
    fields.map((field) => [
      field.name,
      given[field.name] === undefined ? field.initial : initialOf(given[field.name], field.kind, field.choices),
    ]),
  );
}

export function isShown(when: SchemaField["when"], values: Values): boolean {
  return Object.entries(when).every(([name, allowed]) => allowed.includes(String(values[name])));
}

/** The document that the values say: what is not shown and what is empty is left out. */
export function documentOf(fields: readonly SchemaField[], values: Values): JsonObject {
  const said: JsonObject = {};
  for (const field of fields) {
    const value = values[field.name];
    if (value === undefined || value === "" || !isShown(field.when, values)) continue;
    said[field.name] = saidBy(field, value);
  }
  return said;
}

function saidBy(field: SchemaField, value: string | boolean): Json {
  if (typeof value === "boolean") return value;
  if (field.kind === "number") return numberOf(value);
  if (field.kind === "list") return words(value);
  return field.kind === "secret" || field.kind === "long" ? value : value.trim();
}

/** A number, or the text itself, which the server refuses by its field. */
function numberOf(text: string): Json {
  const value = Number(text.trim());
  return text.trim() !== "" && Number.isFinite(value) ? value : text;
}

function words(text: string): string[] {
  return text
    .split(/[,\s]+/)
    .map((word) => word.trim())
    .filter(Boolean);
}

const EMPTY_LIMITS: LimitForm = { rate: "", seconds: "", bytes: "", hosts: "" };

export function limitsFormOf(limits: JsonObject | undefined): LimitForm {
  if (limits === undefined) return EMPTY_LIMITS;
  const text = (value: Json | undefined) => (value === undefined || value === null ? "" : String(value));
  return {
    rate: text(limits.rate_per_minute),
    seconds: text(limits.timeout_seconds),
    bytes: text(limits.response_bytes),
    hosts: Array.isArray(limits.allowed_hosts) ? limits.allowed_hosts.join(", ") : "",
  };
}

export function limitsOf(form: LimitForm): JsonObject {
  return {
    ...(form.rate.trim() === "" ? {} : { rate_per_minute: numberOf(form.rate) }),
    ...(form.seconds.trim() === "" ? {} : { timeout_seconds: numberOf(form.seconds) }),
    ...(form.bytes.trim() === "" ? {} : { response_bytes: numberOf(form.bytes) }),
    ...(form.hosts.trim() === "" ? {} : { allowed_hosts: words(form.hosts) }),
  };
}

export function kindFormOf(
  fields: readonly SchemaField[],
  credentials: readonly SchemaField[],
  tool: Tool | null,
): KindForm {
  return {
    name: tool?.name ?? "",
    description: tool?.description ?? "",
    values: initialValues(fields, tool?.configuration),
    credentials: initialValues(credentials),
    keepsCredentials: tool?.has_credentials === true,
    effect: tool?.tool_type === "file" && tool.effect === "dangerous" ? "dangerous" : "",
    limits: limitsFormOf(tool?.limits),
  };
}

export function kindToolOf(
  type: NewTool["tool_type"],
  form: KindForm,
  fields: readonly SchemaField[],
  credentials: readonly SchemaField[] | null,
): NewTool {
  const written = credentials === null ? {} : documentOf(credentials, form.credentials);
  const signsIn = Object.keys(written).length > 0;
  return {
    name: form.name.trim(),
    description: form.description.trim(),
    tool_type: type,
    configuration: documentOf(fields, form.values),
    parameters_schema: null,
    effect: form.effect === "" ? null : form.effect,
    limits: limitsOf(form.limits) as NonNullable<NewTool["limits"]>,
    ...(form.keepsCredentials ? {} : { credentials: signsIn ? written : null }),
  };
}
