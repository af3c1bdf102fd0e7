import { describe, expect, it } from "vitest";
import type { JsonObject } from "@/api/types";
import { newNode, readSchema } from "./schema";

const TEXT = { type: "string", maxLength: 200 };
const EXPRESSION = { type: "string", format: "expression", minLength: 1, maxLength: 4096 };
const optional = (schema: JsonObject) => ({ anyOf: [schema, { type: "null" }], default: null });

const SCHEMA: JsonObject = {
  $defs: {
    Future: {
      type: "object",
      description: "Does what no console knows of.\n\nMore.",
      properties: {
        type: { const: "future" },
        id: TEXT,
        agent: { $ref: "#/$defs/Reference" },
        when: optional(EXPRESSION),
        output: { type: "object", patternProperties: { "^[a-z]+$": EXPRESSION }, default: {} },
        retry: optional({ $ref: "#/$defs/Retry" }),
        code: { type: "string", maxLength: 65_536 },
        mode: { enum: ["fast", "slow"], type: "string", default: "fast" },
        assignees: { type: "array", items: TEXT, default: [] },
        on: { type: "array", items: { enum: ["a", "b"], type: "string" } },
        body: { $ref: "#/$defs/Body" },
        anything: { $ref: "#/$defs/Json", default: null },
        expires: { type: "string", format: "duration", examples: ["PT2M"] },
      },
      required: ["id", "type", "agent", "code", "body", "expires"],
    },
    Reference: { type: "object", properties: { id: TEXT, name: TEXT } },
    Retry: { type: "object", properties: { max_attempts: { type: "integer", default: 3 } } },
    Body: { type: "object", properties: { nodes: { type: "array" } } },
    Json: {},
    Edge: {
      type: "object",
      properties: { from: TEXT, when: optional(EXPRESSION), else: { type: "boolean", default: false } },
    },
    StateField: { type: "object", properties: { reducer: { enum: ["replace", "append"] } } },
    WorkflowLimits: { type: "object", properties: { max_steps: { type: "integer", default: 1000 } } },
  },
  properties: {
    nodes: { items: { discriminator: { mapping: { future: "#/$defs/Future" } } } },
    limits: { $ref: "#/$defs/WorkflowLimits" },
  },
};

describe("the schema of definitions", () => {
  const read = readSchema(SCHEMA);
  const [future] = read.types;

  it("gives an editor for each field of a type that the console does not know", () => {
    expect(future?.hint).toBe("Does what no console knows of.");
    expect(Object.fromEntries(future?.fields.map((field) => [field.name, field.kind]) ?? [])).toEqual({
      id: "text",
      agent: "reference",
      when: "expression",
      output: "expressions",
      retry: "object",
      code: "code",
      mode: "choice",
      assignees: "names",
      on: "json",
      body: "body",
      anything: "json",
      expires: "text",
    });
    expect(future?.fields.find((field) => field.name === "retry")?.fields.map((field) => field.kind)).toEqual(["integer"]);
  });

  it("starts a node with what its type requires", () => {
    expect(future && newNode(future, "future")).toEqual({
      id: "future",
      type: "future",
      agent: {},
      code: "",
      body: { nodes: [] },
      expires: "PT2M",
    });
  });

  it("knows edges, limits and reducers", () => {
    expect(read.edge.map((field) => [field.name, field.kind])).toEqual([
      ["from", "text"],
      ["when", "expression"],
      ["else", "boolean"],
    ]);
    expect(read.limits.map((field) => field.name)).toEqual(["max_steps"]);
    expect(read.reducers).toEqual(["replace", "append"]);
  });

  it("reads nothing from a schema that is none", () => {
    expect(readSchema({})).toEqual({ types: [], edge: [], limits: [], reducers: [] });
  });
});
