/** The words of the API as the console uses them. */

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

export type Role = "owner" | "admin" | "agent_manager" | "viewer";

export interface User {
  id: string;
  email: string;
  username: string | null;
  full_name: string | null;
  avatar_url: string | null;
  is_active: boolean;
  is_superuser: boolean;
  subscription_tier: string;
  created_at: string;
  updated_at: string;
}

export interface SessionOrganization {
  id: string;
  name: string;
  slug: string;
  plan: string;
  role: Role;
}

export interface Session {
  user: User;
  organizations: SessionOrganization[];
  organization_id: string | null;
  role: Role | null;
  permissions: string[];
  csrf_token: string;
  instance: { version: string; is_claimed: boolean };
}

export interface OwnSession {
  id: string;
  created_at: string;
  last_seen_at: string;
  user_agent: string | null;
  ip: string | null;
  is_current: boolean;
}

export interface Organization {
  id: string;
  name: string;
  slug: string;
  plan: string;
  max_concurrent_runs: number;
  run_retention_days: number | null;
  created_at: string;
  updated_at: string;
}

export interface Person {
  id: string;
  email: string;
  full_name: string | null;
  username: string | null;
  avatar_url: string | null;
}

export interface Member {
  user: Person;
  role: Role;
  granted_by: string | null;
  granted_at: string;
}

export interface Invitation {
  id: string;
  email: string;
  role: Role;
  invited_by: string | null;
  created_at: string;
  expires_at: string;
  accept_url?: string;
}

export interface InvitationPreview {
  organization_name: string;
  email: string;
  role: Role;
  has_account: boolean;
  expires_at: string;
}

export interface ApiKey {
  id: string;
  name: string;
  prefix: string;
  scopes: string[];
  expires_at: string | null;
  last_used_at: string | null;
  created_by: string | null;
  created_at: string;
  revoked_at: string | null;
  key?: string;
}

export interface AuditEntry {
  id: string;
  action: string;
  actor_id: string | null;
  actor_kind: string;
  actor_name: string | null;
  api_key_id: string | null;
  target_type: string | null;
  target_id: string | null;
  ip: string | null;
  user_agent: string | null;
  request_id: string | null;
  before: Json;
  after: Json;
  created_at: string;
}

export type ProviderKind = "openai" | "openai_compatible" | "anthropic" | "google" | "ollama" | "local" | "scripted";

export interface ModelProvider {
  id: string;
  name: string;
  kind: ProviderKind;
  base_url: string | null;
  has_api_key: boolean;
  models: string[];
  default_model: string | null;
  is_default: boolean;
  created_at: string;
  updated_at: string;
}

export interface ProviderTest {
  ok: boolean;
  latency_ms: number | null;
  models: string[];
  error: string | null;
}

export interface Model {
  provider_id: string | null;
  provider_name: string;
  kind: ProviderKind;
  name: string;
  is_default: boolean;
  grade: "production" | "demonstration" | "test";
  is_installed: boolean;
  context_window: number | null;
  input_usd_per_mtok: number | null;
  output_usd_per_mtok: number | null;
}

export type ToolType = "api" | "database" | "file" | "custom" | "mcp";
export type Effect = "read_only" | "idempotent" | "dangerous";

export interface Tool {
  id: string;
  organization_id: string | null;
  name: string;
  description: string;
  tool_type: ToolType;
  configuration: JsonObject;
  parameters_schema: JsonObject;
  effect: Effect;
  has_credentials: boolean;
  is_active: boolean;
  used_by_count: number;
  created_at: string;
  updated_at: string;
}

export interface ToolTest {
  ok: boolean;
  output: Json;
  error: string | null;
  duration_ms: number;
}

export interface Operation {
  operation_id: string;
  method: string;
  path: string;
  summary: string;
  parameters_schema: JsonObject;
}

export type AgentStatus = "inactive" | "active" | "paused" | "error";
export type Presence = "online" | "offline" | "error";

export interface AgentTool {
  name: string;
  requires_approval: boolean;
  settings: JsonObject;
}

export interface AgentConfig {
  model: { provider_id: string | null; name: string | null };
  parameters: {
    temperature: number | null;
    top_p: number | null;
    max_output_tokens: number | null;
    seed: number | null;
    stop: string[];
    script?: JsonObject | null;
  };
  tools: AgentTool[];
  limits: {
    max_steps: number;
    max_tool_calls: number | null;
    max_cost_usd: number | null;
    timeout_seconds: number;
    tool_timeout_seconds: number;
  };
  memory: { history_messages: number };
}

export interface Agent extends AgentDefinition {
  id: string;
  organization_id: string;
  created_by: string | null;
  template_id: string | null;
  is_custom: boolean;
  status: AgentStatus;
  status_reason: string | null;
  presence: Presence;
  last_heartbeat: string | null;
  last_activity: string | null;
  version: number;
  warnings: string[];
  created_at: string;
  updated_at: string;
}

export type AgentCategory = "customer-service" | "sales" | "engineering" | "support" | "marketing" | "it" | "hr" | "popular";

/** What an agent is: what its versions keep. */
export interface AgentDefinition {
  name: string;
  description: string;
  icon: string;
  category: AgentCategory;
  agent_type: "automation" | "assistive";
  runtime: "hosted" | "external";
  instructions: string;
  config: AgentConfig;
  deployment_config: { max_concurrent_runs: number | null; priority: number };
  webhook_url: string | null;
}

export interface AgentVersion {
  agent_id: string;
  version: number;
  snapshot: AgentDefinition;
  note: string;
  created_by: { id: string; full_name: string } | null;
  created_at: string;
}

export interface AgentVariable {
  id: string;
  agent_id: string;
  name: string;
  description: string;
  value: string | null;
  is_secret: boolean;
  has_value: boolean;
  created_at: string;
  updated_at: string;
}

export interface TemplateConfig {
  agent_type: "automation" | "assistive";
  instructions: string;
  config: AgentConfig;
  deployment_config: { max_concurrent_runs: number | null; priority: number };
  variables: { name: string; description: string; value: string | null; is_secret: boolean }[];
}

export interface AgentTemplate {
  id: string;
  organization_id: string | null;
  name: string;
  description: string;
  type: string;
  category: AgentCategory;
  icon: string;
  default_config: TemplateConfig;
  required_params: JsonObject;
  is_public: boolean;
  is_built_in: boolean;
  created_by: string | null;
  created_at: string;
  updated_at: string;
}

export type RunStatus = "pending" | "running" | "waiting" | "completed" | "failed" | "cancelled";
export type RunTrigger = "manual" | "api" | "schedule" | "webhook" | "conversation" | "external" | "n8n";

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
  retry_of_run_id: string | null;
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

export type StepType = "llm_call" | "tool" | "decision" | "input" | "output";
export type StepStatus = "running" | "completed" | "failed" | "waiting";

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
  level: "debug" | "info" | "warning" | "error";
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
  node_type: "input" | "processing" | "action" | "output";
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
  step_id: string | null;
  target_name?: string;
  kind: "tool_call" | "unknown_outcome";
  tool_name: string;
  arguments: JsonObject;
  reason: string;
  status: "pending" | "approved" | "rejected" | "expired";
  decided_by: string | null;
  decided_by_name?: string | null;
  decided_at: string | null;
  comment: string | null;
  created_at: string;
}

export interface ToolCall {
  id: string;
  run_id: string;
  step_id: string | null;
  call_id: string;
  tool_id: string | null;
  tool_name: string;
  arguments: JsonObject;
  effect: Effect;
  state: "planned" | "started" | "succeeded" | "failed" | "unknown";
  attempts: number;
  result: Json;
  error_message: string | null;
  started_at: string | null;
  completed_at: string | null;
  created_at: string;
}

export interface Attachment {
  id: string;
  name: string;
  type: string;
  size: number;
  url: string;
}

export interface Conversation {
  id: string;
  organization_id: string;
  user_id: string;
  /** null once the agent is deleted: the conversation can be read, and not gone on with. */
  agent_id: string | null;
  title: string;
  last_message: string | null;
  last_message_time: string | null;
  created_at: string;
  updated_at: string;
}

export interface Message {
  id: string;
  conversation_id: string;
  content: string;
  sender_type: "user" | "agent";
  attachments: Attachment[];
  run_id: string | null;
  status: "complete" | "streaming" | "failed" | "cancelled" | "waiting";
  created_at: string;
}

export interface Instance {
  version: string;
  database: string;
  local_model: { installed: boolean; running: boolean };
  workers: number;
  queue_depth: number;
}
