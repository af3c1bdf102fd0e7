/** The words of the API, as generated from its OpenAPI document (`npm run schema`), under the names the console uses. */
import type { components } from "./schema";

type Schemas = components["schemas"];

/** A schema whose document says "a text" where the server knows only some values, or "an object" whose shape is known. */
type Narrow<Schema, Fields> = Omit<Schema, keyof Fields> & Fields;

export type { Json, JsonObject } from "./json";

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

export type User = Schemas["User"];
export type Role = Schemas["Role"];
export type Session = Narrow<Schemas["Session"], { role: Role | null }>;
export type OwnSession = Schemas["SessionSummary"];
export type Organization = Schemas["Organization"];
export type Deletion = Schemas["OrganizationDeletion"];
export type Backups = Schemas["Backups"];
export type BackupAttempt = Schemas["BackupAttempt"];
export type Erasure = Schemas["Erasure"];
export type ErasureRequest = Schemas["RequestErasure"];
export type ErasureCertificate = Schemas["Certificate"];
export type RetentionChoice = Schemas["SetRetention"];
export type RetentionRule = Schemas["RetentionRule"];
export type RetentionPreview = Schemas["RetentionPreview"];
export type Member = Narrow<Schemas["Member"], { role: Role }>;
export type Invitation = Schemas["Invitation"];
export type InvitationPreview = Narrow<Schemas["InvitationPreview"], { role: Role }>;
export type ApiKey = Schemas["ApiKey"];
export type AgentKey = Schemas["AgentKey"];
export type HeartbeatHistory = Schemas["HeartbeatHistory"];
export type AuditEntry = Schemas["AuditEntry"];

export type SearchProvider = Schemas["SearchProvider"];
export type SetWebSearch = Schemas["SetWebSearch"];
export type WebSearchSettings = Schemas["WebSearchSettings"];

export type ApplyFiles = Schemas["ApplyFiles"];
export type ManifestPlan = Schemas["ApplyPlan"];

export type ProviderKind = Schemas["ModelProviderKind"];
export type NewProvider = Schemas["CreateModelProvider"];
export type ProviderChange = Schemas["UpdateModelProvider"];
export type ModelProvider = Schemas["ModelProvider"];
export type ProviderTest = Schemas["ModelProviderTest"];
export type ProviderValues = Schemas["TestModelProvider"];
export type ModelOverride = Schemas["ModelOverride"];
export type Model = Schemas["Model"];

export type ToolType = Schemas["ToolType"];
export type Effect = Schemas["ToolEffect"];
export type Tool = Schemas["Tool"];
export type ConversationShare = Schemas["ConversationShare"];
export type CreateConversationShare = Schemas["CreateConversationShare"];
export type ShareAudience = Schemas["ShareAudience"];
export type SharedConversation = Schemas["SharedConversation"];
export type SharedMessage = Schemas["SharedMessage"];
export type ToolUser = Schemas["ToolUser"];
export type NewTool = Schemas["CreateTool"];
export type AllowedCaller = Schemas["AllowedCaller"];
export type ToolChange = Schemas["UpdateTool"];
export type ToolImport = Schemas["ToolImport"];
export type ToolImportRequest = Schemas["ImportOpenApi"];
export type ToolTest = Schemas["ToolTest"];
export type InstalledFunction = Schemas["InstalledFunction"];
export type McpImport = Schemas["McpImport"];
export type McpImportRequest = Schemas["ImportMcp"];
export type McpServerTool = Schemas["ServerTool"];
export type McpStatus = Schemas["McpStatus"];
export type KindFormSchema = Schemas["KindForm"];
export type Operation = Schemas["ImportedOperation"];

export type AgentStatus = Schemas["AgentStatus"];
export type Presence = Schemas["AgentPresence"];
export type AgentCategory = Schemas["AgentCategory"];
export type AgentConfig = Schemas["AgentConfig"];
export type AgentTool = AgentConfig["tools"][number];
/** An agent or a team that an agent calls as a tool. */
export type AgentCallee = AgentConfig["agents"][number];
export type Agent = Schemas["Agent"];
/** What an agent is: what its versions keep. */
export type AgentDefinition = Pick<
  Agent,
  | "name"
  | "description"
  | "icon"
  | "category"
  | "type"
  | "agent_type"
  | "runtime"
  | "instructions"
  | "config"
  | "deployment_config"
  | "webhook_url"
>;
export type AgentVersion = Narrow<Schemas["AgentVersion"], { snapshot: AgentDefinition }>;
export type AgentVersionDiff = Schemas["AgentVersionDiff"];
export type TeamVersionDiff = Schemas["TeamVersionDiff"];
export type TextDiffPart = Schemas["TextDiffPart"];
export type FieldDiff = Schemas["FieldDiff"];
export type ServingConfig = Schemas["ServingConfig"];
/** What is deployed: a version of an agent or of a team. */
export type Deployment = Narrow<Schemas["Deployment"], { snapshot: { deployment_config?: ServingConfig } }>;
export type NewAgent = Schemas["CreateAgent"];
export type AgentChange = Schemas["UpdateAgent"];
export type NewVariable = Schemas["CreateVariable"];
export type VariableChange = Schemas["UpdateVariable"];
export type AgentVariable = Schemas["Variable"];
export type OrganizationVariable = Schemas["OrganizationVariable"];
export type OrganizationVariableChange = Schemas["UpdateOrganizationVariable"];
export type AgentTemplate = Schemas["AgentTemplate"];

export type Team = Schemas["Team"];
export type TeamVersion = Schemas["TeamVersion"];
export type TeamType = Schemas["TeamMode"];
export type TeamConfig = Team["config"];
export type NewTeam = Partial<Schemas["CreateTeam"]> & Pick<Schemas["CreateTeam"], "name" | "type">;
export type TeamChange = Partial<Schemas["UpdateTeam"]>;

export type Schedule = Schemas["Schedule"];
export type ScheduleFrequency = Schemas["ScheduleFrequency"];
export type ScheduleOccurrence = Schemas["ScheduleOccurrence"];
export type ScheduleCalendar = Schemas["ScheduleCalendar"];
export type CalendarEntry = Schemas["CalendarEntry"];
export type UpcomingTime = Schemas["UpcomingTime"];
export type NewSchedule = Partial<Schemas["CreateSchedule"]> &
  Pick<Schemas["CreateSchedule"], "name" | "target_id" | "timezone" | "input">;
export type ScheduleChange = Partial<Schemas["UpdateSchedule"]>;
export type ScheduleTiming = Partial<Schemas["PreviewSchedule"]> & Pick<Schemas["PreviewSchedule"], "timezone">;
export type Metric = Schemas["Metric"];
export type MetricAggregation = Schemas["MetricAggregation"];
export type MetricBucket = Schemas["MetricBucket"];
export type MetricResult = Schemas["MetricResult"];
export type MetricSeries = Schemas["MetricSeries"];
export type Budget = Schemas["Budget"];
export type BudgetScope = Schemas["BudgetScope"];
export type NewBudget = Schemas["CreateBudget"];
export type BudgetChange = Schemas["UpdateBudget"];
export type UsageDimension = Schemas["UsageDimension"];
export type UsageKind = Schemas["UsageKind"];
export type UsageReport = Schemas["UsageReport"];
export type UsageRow = Schemas["UsageRow"];
export type Workflow = Schemas["Workflow"];
export type ImportedGraph = Schemas["ImportedGraph"];
export type WorkflowSummary = Schemas["WorkflowSummary"];
export type WorkflowStatus = Schemas["WorkflowStatus"];
export type WorkflowFinding = Schemas["WorkflowFinding"];
export type WorkflowDifference = Schemas["WorkflowDifference"];
export type RunFromRequest = Partial<Schemas["RunFromNode"]> & Pick<Schemas["RunFromNode"], "node">;
export type N8nConnection = Schemas["N8nConnection"];
export type N8nWorkflow = Schemas["N8nWorkflow"];
export type N8nLink = Schemas["N8nLink"];
export type ConnectN8n = Schemas["ConnectN8n"];
export type WorkflowChange = Partial<Schemas["UpdateWorkflow"]>;

export type Alert = Schemas["Alert"];
export type AlertConfig = Schemas["AlertConfig"];
export type AlertDelivery = Schemas["AlertDelivery"];
export type AlertHistory = Schemas["AlertHistory"];
export type AlertChannel = Schemas["AlertChannel"];
export type AlertSilence = Schemas["AlertSilence"];
export type AlertSeverity = Alert["severity"];
export type ChannelTest = Schemas["ChannelTest"];
export type NewAlertConfig = Partial<Schemas["CreateAlertConfig"]> &
  Pick<Schemas["CreateAlertConfig"], "name" | "conditions">;
export type NewAlertChannel = Partial<Schemas["CreateAlertChannel"]> & Pick<Schemas["CreateAlertChannel"], "kind" | "name">;
export type NewAlertSilence = Partial<Schemas["CreateAlertSilence"]>;
export type MaintenanceWindow = Schemas["MaintenanceWindow"];
export type NewMaintenanceWindow = Partial<Schemas["CreateMaintenanceWindow"]> &
  Pick<Schemas["CreateMaintenanceWindow"], "name" | "duration_minutes"> & { recurrence: { cron: string; timezone: string } };
export type RunWebhook = Schemas["RunWebhook"];
export type WebhookDelivery = Schemas["WebhookDelivery"];
export type NewWebhook = Partial<Schemas["CreateWebhook"]> & Pick<Schemas["CreateWebhook"], "name" | "url">;
export type BacktestRequest = Partial<Schemas["BacktestAlertConfig"]> & Pick<Schemas["BacktestAlertConfig"], "conditions">;
export type Backtest = Schemas["Backtest"];
export type BacktestGroup = Schemas["BacktestGroup"];
export type BacktestPeriod = Schemas["BacktestPeriod"];
export type Dashboard = Schemas["Dashboard"];
export type GettingStarted = Schemas["GettingStarted"];
export type OllamaSearch = Schemas["OllamaSearch"];
export type DashboardAgent = Schemas["DashboardAgent"];
export type DashboardFigure = Schemas["DashboardFigure"];
export type DashboardTeam = Schemas["DashboardTeam"];
export type Notification = Schemas["Notification"];
export type NotificationPreference = Schemas["NotificationPreference"];
export type SetPreference = Schemas["SetPreference"];

export type RunStatus = Schemas["RunStatus"];
export type RunTrigger = Schemas["RunTrigger"];
export type RunSort = Schemas["RunSort"];
export type RunOutcome = Schemas["RunOutcome"];
export type RunMoment = Schemas["RunMoment"];
export type RunReference = Schemas["RunReference"];
export type RunFeedback = Schemas["RunFeedback"];
export type FeedbackValue = Schemas["FeedbackValue"];
export type ResourceUsage = Schemas["ResourceUsage"];
export type Run = Schemas["Run"];
export type StepType =
  | "llm_call"
  | "tool"
  | "member"
  | "agent"
  | "team"
  | "workflow"
  | "decision"
  | "transform"
  | "approval"
  | "question"
  | "wait"
  | "map"
  | "loop"
  | "code"
  | "input"
  | "output"
  | "n8n";
/** A step in progress appears in events only. */
export type StepStatus = Schemas["RunStepStatus"] | "running";
export type StepWarning = Schemas["StepWarning"];
export interface StepUsage {
  input_tokens?: number | null;
  output_tokens?: number | null;
  cached_input_tokens?: number | null;
  cost_usd?: string | number | null;
  model?: string | null;
  first_token_ms?: number | null;
  attempts?: number | null;
  /** The provider told no token counts; they are estimated from the length of the texts. */
  is_estimated?: boolean | null;
}
export type ForkRequest = Schemas["ForkRun"];
export type Step = Narrow<Schemas["RunStep"], { step_type: StepType; status: StepStatus; usage: StepUsage | null }>;
export type StepRequest = Schemas["ModelRequest"];
export type Log = Schemas["LogLine"];
export type Artifact = Schemas["Artifact"];
export type ThoughtType = "input" | "processing" | "action" | "output";
export type Thought = Narrow<Schemas["Thought"], { node_type: ThoughtType }>;
export type Approval = Schemas["Approval"];
export type LinkedApproval = Schemas["LinkedApproval"];
export type Unsubscription = Schemas["Unsubscription"];
export type ToolCallState = "started" | "succeeded" | "failed" | "unknown";
export type ToolCall = Narrow<Schemas["ToolCall"], { effect: Effect; state: ToolCallState }>;

export type Attachment = Schemas["Attachment"];
export type Conversation = Schemas["Conversation"];
export type Message = Schemas["Message"];
export type Instance = Schemas["Instance"];
