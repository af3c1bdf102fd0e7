/** The paths of the API that the console calls, in the shape openapi-fetch reads. */
import type * as t from "./types";

type Content<T> = { content: { "application/json": T } };
type Query = Record<string, string | number | boolean | string[] | undefined>;
interface Base<R, P, Q> {
  parameters: { query?: Q; header?: { [name: string]: string } } & ([P] extends [never] ? { path?: never } : { path: P });
  responses: { 200: Content<R>; 422: Content<unknown> };
}
type Op<R, B = never, P = never, Q = Query> = Base<R, P, Q> &
  ([B] extends [never] ? { requestBody?: never } : { requestBody: Content<B> });
type Get<R, P = never> = Op<R, never, P>;
type Send<R, B = never, P = never> = Op<R, B, P>;
type List<T, P = never> = Op<t.Page<T>, never, P>;
type Id<K extends string> = { [key in K]: string };
type Loose = Record<string, unknown>;
type V1<T extends string> = `/api/v1${T}`;

interface Routes {
  "/auth/sign-in": { post: Send<t.Session, { email: string; password: string }> };
  "/auth/session": { get: Get<t.Session> };
  "/auth/claim": {
    get: Get<{ valid: boolean }>;
    post: Send<t.Session, { token: string; email: string; full_name: string; password: string; organization_name: string }>;
  };
  "/auth/sign-out": { post: Send<undefined> };
  "/auth/sign-out-everywhere": { post: Send<undefined> };
  "/auth/password": { post: Send<undefined, { current_password: string; new_password: string }> };
  "/auth/sessions": { get: List<t.OwnSession> };
  "/auth/sessions/{session_id}": { delete: Send<undefined, never, Id<"session_id">> };
  "/auth/organization": { post: Send<t.Session, { organization_id: string }> };
  "/users/me": { get: Get<t.User>; patch: Send<t.User, Loose> };
  "/organizations": { get: List<t.Organization>; post: Send<t.Organization, { name: string; slug?: string }> };
  "/organizations/current": { get: Get<t.Organization>; patch: Send<t.Organization, Loose> };
  "/members": { get: List<t.Member> };
  "/members/{user_id}": {
    patch: Send<t.Member, { role: t.Role }, Id<"user_id">>;
    delete: Send<undefined, never, Id<"user_id">>;
  };
  "/invitations": { get: List<t.Invitation>; post: Send<t.Invitation, { email: string; role: t.Role }> };
  "/invitations/{invitation_id}": { delete: Send<undefined, never, Id<"invitation_id">> };
  "/invitations/preview": { get: Get<t.InvitationPreview> };
  "/invitations/accept": { post: Send<t.Session, { token: string; full_name?: string; password?: string }> };
  "/api-keys": { get: List<t.ApiKey>; post: Send<t.ApiKey, { name: string; scopes: string[]; expires_at?: string | null }> };
  "/api-keys/{key_id}": { delete: Send<undefined, never, Id<"key_id">> };
  "/audit-log": { get: List<t.AuditEntry> };
  "/model-providers": { get: List<t.ModelProvider>; post: Send<t.ModelProvider, Loose> };
  "/model-providers/{provider_id}": {
    patch: Send<t.ModelProvider, Loose, Id<"provider_id">>;
    delete: Send<undefined, never, Id<"provider_id">>;
  };
  "/model-providers/{provider_id}/test": { post: Send<t.ProviderTest, never, Id<"provider_id">> };
  "/models": { get: List<t.Model> };
  "/tools": { get: List<t.Tool>; post: Send<t.Tool, Loose> };
  "/tools/{tool_id}": {
    get: Get<t.Tool, Id<"tool_id">>;
    patch: Send<t.Tool, Loose, Id<"tool_id">>;
    delete: Send<undefined, never, Id<"tool_id">>;
  };
  "/tools/{tool_id}/test": { post: Send<t.ToolTest, { arguments: t.JsonObject }, Id<"tool_id">> };
  "/tools/import-openapi": { post: Send<{ operations: t.Operation[] }, { document?: unknown; url?: string }> };
  "/agents": { get: List<t.Agent>; post: Send<t.Agent, Loose> };
  "/agents/{agent_id}": {
    get: Get<t.Agent, Id<"agent_id">>;
    patch: Send<t.Agent, Loose, Id<"agent_id">>;
    delete: Send<undefined, never, Id<"agent_id">>;
  };
  "/agents/{agent_id}/duplicate": { post: Send<t.Agent, never, Id<"agent_id">> };
  "/agents/{agent_id}/activate": { post: Send<t.Agent, never, Id<"agent_id">> };
  "/agents/{agent_id}/pause": { post: Send<t.Agent, never, Id<"agent_id">> };
  "/agents/{agent_id}/versions": { get: List<t.AgentVersion, Id<"agent_id">> };
  "/agents/{agent_id}/versions/{version}": { get: Get<t.AgentVersion, { agent_id: string; version: number }> };
  "/agents/{agent_id}/versions/{version}/restore": { post: Send<t.Agent, never, { agent_id: string; version: number }> };
  "/agents/{agent_id}/variables": {
    get: List<t.AgentVariable, Id<"agent_id">>;
    post: Send<t.AgentVariable, Loose, Id<"agent_id">>;
  };
  "/agents/{agent_id}/variables/{variable_id}": {
    patch: Send<t.AgentVariable, Loose, Id<"agent_id" | "variable_id">>;
    delete: Send<undefined, never, Id<"agent_id" | "variable_id">>;
  };
  "/agent-templates": { get: List<t.AgentTemplate>; post: Send<t.AgentTemplate, Loose> };
  "/agent-templates/{template_id}": {
    get: Get<t.AgentTemplate, Id<"template_id">>;
    delete: Send<undefined, never, Id<"template_id">>;
  };
  "/runs": { get: List<t.Run>; post: Send<t.Run, Loose> };
  "/runs/{run_id}": { get: Get<t.Run, Id<"run_id">> };
  "/runs/{run_id}/cancel": { post: Send<t.Run, never, Id<"run_id">> };
  "/runs/{run_id}/retry": { post: Send<t.Run, never, Id<"run_id">> };
  "/runs/{run_id}/resume": { post: Send<t.Run, never, Id<"run_id">> };
  "/runs/{run_id}/fork": { post: Send<t.Run, { step_id: string; input?: t.JsonObject }, Id<"run_id">> };
  "/runs/{run_id}/steps": { get: List<t.Step, Id<"run_id">> };
  "/runs/{run_id}/logs": { get: List<t.Log, Id<"run_id">> };
  "/runs/{run_id}/thoughts": { get: List<t.Thought, Id<"run_id">> };
  "/runs/{run_id}/artifacts": { get: List<t.Artifact, Id<"run_id">> };
  "/runs/{run_id}/tool-calls": { get: List<t.ToolCall, Id<"run_id">> };
  "/runs/{run_id}/approvals": { get: List<t.Approval, Id<"run_id">> };
  "/approvals": { get: List<t.Approval> };
  "/approvals/{approval_id}/decide": {
    post: Send<
      t.Approval,
      { decision: "approve" | "reject"; arguments?: t.JsonObject; comment?: string; result?: t.Json },
      Id<"approval_id">
    >;
  };
  "/conversations": { get: List<t.Conversation>; post: Send<t.Conversation, { agent_id: string; title?: string }> };
  "/conversations/{conversation_id}": {
    get: Get<t.Conversation, Id<"conversation_id">>;
    patch: Send<t.Conversation, Loose, Id<"conversation_id">>;
    delete: Send<undefined, never, Id<"conversation_id">>;
  };
  "/conversations/{conversation_id}/messages": {
    get: List<t.Message, Id<"conversation_id">>;
    post: Send<
      { message: t.Message; reply: t.Message; run: t.Run },
      { content: string; attachment_ids: string[] },
      Id<"conversation_id">
    >;
  };
  "/conversations/{conversation_id}/regenerate": {
    post: Send<{ message: t.Message; reply: t.Message; run: t.Run }, never, Id<"conversation_id">>;
  };
  "/instance": { get: Get<t.Instance> };
}

export type paths = { [P in keyof Routes as V1<P & string>]: Routes[P] };
