import { expect, test } from "vitest";
import type { AgentDefinition } from "@/api/types";
import { changesOf, fieldChanges, variablesIn, variablesOf, withConfig } from "./draft";

const DEFINITION: AgentDefinition = {
  name: "Invoice checker",
  description: "",
  icon: "bot",
  category: "support",
  type: "custom",
  agent_type: "assistive",
  runtime: "hosted",
  instructions: "Check against {{ price_list }} for {{customer}}, {{customer}}.",
  config: {
    model: { provider_id: null, name: null },
    parameters: { temperature: null, top_p: null, max_output_tokens: null, seed: null, stop: [], script: null },
    tools: [{ name: "http_fetch", requires_approval: false, approval: null, settings: { allowed_hosts: ["{{host}}"] } }],
    agents: [],
    limits: { max_steps: 50, max_tool_calls: null, max_cost_usd: null, timeout_seconds: 900, tool_timeout_seconds: 60 },
    memory: { history_messages: 40 },
    output_schema: null,
  },
  deployment_config: {
    heartbeat: null,
    max_concurrent_runs: null,
    priority: 0,
    auto_deploy: false,
    auto_deploy_delay_seconds: 60,
    callers: "key",
    requests_per_minute: 10,
    anonymous_runs_per_hour: 300,
    chat_page: false,
    frame_ancestors: [],
    greeting: "",
  },
  webhook_url: null,
};

test("only what differs is sent", () => {
  const after = withConfig({ ...DEFINITION, name: "Checker" }, { limits: { max_steps: 10 } });

  const changes = changesOf(DEFINITION, after);

  expect(Object.keys(changes)).toEqual(["name", "config"]);
  expect(changes.config?.limits).toMatchObject({ max_steps: 10, timeout_seconds: 900 });
  expect(changesOf(DEFINITION, withConfig(DEFINITION, { limits: { max_steps: 50 } }))).toEqual({});
});

test("variables are found in instructions and in tool settings, each once", () => {
  expect(variablesIn(DEFINITION.instructions)).toEqual(["price_list", "customer"]);
  expect(variablesOf(DEFINITION)).toEqual(["price_list", "customer", "host"]);
});

test("a difference is told leaf by leaf, tools by their name", () => {
  const after = withConfig(DEFINITION, {
    limits: { max_cost_usd: 0.5 },
    tools: [{ name: "calculator", requires_approval: true, approval: null, settings: {} }],
  });

  expect(fieldChanges(DEFINITION, after)).toEqual([
    { name: "config.limits.max_cost_usd", before: "–", after: "0.5" },
    { name: "tool calculator", before: "–", after: '{"requires_approval":true,"approval":null,"settings":{}}' },
    {
      name: "tool http_fetch",
      before: '{"requires_approval":false,"approval":null,"settings":{"allowed_hosts":["{{host}}"]}}',
      after: "–",
    },
  ]);
});
