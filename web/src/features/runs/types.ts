/** The words of a run as the API gives them; the fold, the layouts and the components all speak these. */

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

export type RunStatus = "pending" | "running" | "waiting" | "completed" | "failed" | "cancelled";
export type RunTrigger = "manual" | "api" | "schedule" | "webhook" | "conversation" | "external" | "n8n";
export type StepType = "llm_call" | "tool" | "decision" | "input" | "output";
export type StepStatus = "running" | "completed" | "failed" | "waiting";
export type LogLevel = "debug" | "info" | "warning" | "error";
export type ThoughtType = "input" | "processing" | "action" | "output";
export type ToolCallState = "planned" | "started" | "succeeded" | "failed" | "unknown";

export interface ResourceUsage {
  input_tokens?: number | null;
  output_tokens?: number | null;
  cost_usd?: number | null;
  model_calls?: number | null;
  tool_calls?: number | null;
  cpu_ms?: number | null;
  peak_memory_bytes?: number | null;
}

export interface Run {
  id: string;
  organization_id: string;
  type: "agent" | "team" | "workflow";
  target_id: string;
  target_name: string;
  agent_id: string | null;
  agent_version: number | null;
  workflow_id: string | null;
  deployment_id: string | null;
  conversation_id: string | null;
  parent_run_id: string | null;
  forked_from_run_id: string | null;
  status: RunStatus;
  waiting_reason: string | null;
  trigger: RunTrigger;
  triggered_by_id: string | null;
  triggered_by_name: string | null;
  input: JsonObject;
  output: Json;
  error_message: string | null;
  error: JsonObject | null;
  trace_id: string;
  external_execution_id: string | null;
  duration_ms: number | null;
  queued_ms: number | null;
  resource_usage: ResourceUsage;
  started_at: string | null;
  completed_at: string | null;
  created_at: string;
  last_sequence: number;
}

export interface StepUsage {
  input_tokens?: number | null;
  output_tokens?: number | null;
  cached_input_tokens?: number | null;
  cost_usd?: number | null;
  model?: string | null;
  first_token_ms?: number | null;
  attempts?: number | null;
}

export interface Step {
  id: string;
  run_id: string;
  parent_step_id: string | null;
  sequence: number;
  step_name: string;
  step_type: StepType;
  status: StepStatus;
  input: Json;
  output: Json;
  error_message: string | null;
  usage: StepUsage | null;
  started_at: string;
  completed_at: string | null;
  duration_ms: number | null;
  created_at: string;
}

export interface Log {
  id: string;
  run_id: string;
  step_id: string | null;
  message: string;
  level: LogLevel;
  details: Json;
  timestamp: string;
}

export interface Artifact {
  id: string;
  run_id: string;
  step_id: string | null;
  name: string;
  type: string;
  size: number;
  url: string;
  checksum: string;
  created_at: string;
}

export interface Thought {
  id: string;
  agent_id: string;
  run_id: string;
  node_id: string;
  node_type: ThoughtType;
  content: string;
  metadata: JsonObject;
  parent_node_id: string | null;
  confidence_score: number | null;
  processing_time_ms: number | null;
  created_at: string;
}

export interface Approval {
  id: string;
  run_id: string;
  step_id: string;
  kind: "tool_call" | "unknown_outcome";
  tool_name: string;
  arguments: JsonObject;
  reason: string;
  status: "pending" | "approved" | "rejected" | "expired";
  decided_by: string | null;
  decided_at: string | null;
  comment: string | null;
  created_at: string;
}

export interface ToolCall {
  id: string;
  run_id: string;
  step_id: string;
  call_id: string;
  tool_id: string | null;
  tool_name: string;
  arguments: JsonObject;
  effect: "read_only" | "idempotent" | "dangerous";
  state: ToolCallState;
  idempotency_key?: string;
  attempts: number;
  result: Json;
  error_message: string | null;
  started_at: string | null;
  completed_at: string | null;
  created_at: string;
}

export interface RunEvent {
  sequence: number;
  type: string;
  created_at: string;
  data: JsonObject;
}

/** A piece of text on its way: `index` is where it begins in the step's whole text, in UTF-16 units. */
export interface Delta {
  type: "token" | "reasoning";
  data: { step_id: string; index: number; text: string };
}

export const TERMINAL: ReadonlySet<RunStatus> = new Set<RunStatus>(["completed", "failed", "cancelled"]);

export function isOver(status: RunStatus): boolean {
  return TERMINAL.has(status);
}
