import { describe, expect, it } from "vitest";
import type { Workflow } from "@/api/types";
import { isConversational } from "./one-text";

const text = { type: "string" };
const workflow = (input_schema: unknown, active_version: number | null = 1) =>
  ({ active_version, definition: { input_schema } }) as unknown as Workflow;

describe("isConversational", () => {
  it("asks for a published version and one text", () => {
    expect(isConversational(workflow({ properties: { q: text, messages: { type: "array" } }, required: ["q"] }))).toBe(true);
    expect(isConversational(workflow({ properties: { q: text } }))).toBe(true);
    expect(isConversational(workflow({ properties: { q: text } }, null))).toBe(false);
    expect(isConversational(workflow({ properties: { q: text, r: text } }))).toBe(false);
    expect(isConversational(workflow({ properties: { q: { type: "array" } }, required: ["q"] }))).toBe(false);
    expect(isConversational(workflow(undefined))).toBe(false);
  });
});
