/** Definitions to begin from. */
import type { JsonObject } from "@/api/types";

export interface Starter {
  readonly name: string;
  readonly definition: JsonObject;
}

const TEXT = { type: "object", properties: { text: { type: "string" } }, required: ["text"] };

export const STARTERS: readonly Starter[] = [
  {
    name: "Transform",
    definition: {
      format: "retinue.workflow/1",
      name: "New workflow",
      description: "Computes a text from the input.",
      input_schema: TEXT,
      state: { answer: { default: "" } },
      nodes: [{ id: "compute", type: "transform", set: { answer: "input['text'].upper()" } }],
      edges: [
        { from: "START", to: "compute" },
        { from: "compute", to: "END" },
      ],
      output: { answer: "state['answer']" },
    },
  },
  {
    name: "Approval",
    definition: {
      format: "retinue.workflow/1",
      name: "Ask before going on",
      description: "A person decides; long texts only.",
      input_schema: TEXT,
      state: { result: { default: "not needed" } },
      nodes: [
        { id: "length", type: "condition" },
        { id: "ask", type: "approval", reason: "Go on with {{ len(input['text']) }} characters?", input: "{{ input }}" },
        { id: "accept", type: "transform", set: { result: "'accepted'" } },
        { id: "refuse", type: "transform", set: { result: "'refused'" } },
      ],
      edges: [
        { from: "START", to: "length" },
        { from: "length", to: "ask", when: "len(input['text']) > 20" },
        { from: "length", to: "END", else: true },
        { from: "ask", to: "accept", when: "result['decision'] == 'approve'" },
        { from: "ask", to: "refuse", else: true },
        { from: "accept", to: "END" },
        { from: "refuse", to: "END" },
      ],
      output: { result: "state['result']" },
    },
  },
];
