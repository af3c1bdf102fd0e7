import { Pencil, Trash2 } from "lucide-react";
import { useState } from "react";
import type { JsonObject, Tool } from "@/api/types";
import { Button } from "@/components/ui/button";
import { JsonBlock } from "@/components/ui/code-block";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { ErrorState } from "@/components/ui/error-state";
import { SidePanel } from "@/components/ui/side-panel";
import { Switch } from "@/components/ui/switch";
import { TabPanel, Tabs } from "@/components/ui/tabs";
import { useToast } from "@/components/ui/toast";
import { afterUnmount } from "@/lib/after-unmount";
import { stringifyJson } from "@/lib/exact-json";
import { bytes, plural } from "@/lib/format";
import { useDeleteTool, useUpdateTool } from "./api";
import { CustomDialog } from "./custom-dialog";
import { MethodBadge } from "./groups";
import { KindDialog } from "./kind-dialog";
import { EFFECTS } from "./labels";
import { McpStatus } from "./mcp-status";
import { ToolCallers } from "./tool-callers";
import { ToolCalls } from "./tool-calls";
import { ToolConnection } from "./tool-connection";
import { ToolDialog } from "./tool-dialog";
import { ToolTrial } from "./tool-trial";
import { ToolUsers } from "./tool-users";
import { ToolVersions } from "./tool-versions";

/** The types of tools that have a form here. */
const EDITED: ReadonlySet<Tool["tool_type"]> = new Set(["api", "custom", "database", "file"]);

interface Props {
  readonly tool: Tool;
  readonly canWrite: boolean;
  readonly onClose: () => void;
}

/** One tool beside the list: what it is, a trial of it, and its switches. */
export function ToolPanel({ tool, canWrite, onClose }: Props) {
  const [isAsking, setAsking] = useState(false);
  const [isChanging, setChanging] = useState(false);
  const remove = useDeleteTool(tool.id);
  const [tab, setTab] = useState("tool");
  const isOwn = tool.organization_id !== null;
  const canChange = isOwn && canWrite;
  return (
    <SidePanel open onClose={onClose} title={tool.name} actions={<MethodBadge tool={tool} />}>
      <Tabs
        value={tab}
        onChange={setTab}
        label="Parts of the tool"
        tabs={[
          { value: "tool", label: "Tool" },
          { value: "calls", label: "Calls" },
          ...(isOwn ? [{ value: "versions", label: "Versions" }] : []),
        ]}
      >
        <TabPanel value="tool" className="pt-4">
          <div className="flex flex-col gap-5">
            <div className="flex items-start justify-between gap-3">
              <p className="text-sm">
                {tool.description || "This tool has no description. Models choose tools by their descriptions."}
              </p>
              {canChange && EDITED.has(tool.tool_type) && (
                <Button icon={Pencil} onClick={() => setChanging(true)}>
                  Change
                </Button>
              )}
            </div>
            <Facts tool={tool} />
            {tool.connection_id !== null && <ToolConnection connectionId={tool.connection_id} canWrite={canWrite} />}
            {canChange && <Switching tool={tool} />}
            {isOwn && <ToolCallers tool={tool} canWrite={canWrite} />}
            {canChange && tool.tool_type === "mcp" && <McpStatus tool={tool} />}
            {canWrite && <ToolTrial key={stringifyJson(tool.parameters_schema)} tool={tool} />}
            <section aria-label="Arguments">
              <h3 className="mb-1 font-medium text-sm">Arguments</h3>
              <JsonBlock value={tool.parameters_schema} label="Parameters (JSON Schema)" />
            </section>
            {isOwn && (
              <section aria-label="Configuration">
                <h3 className="mb-1 font-medium text-sm">Configuration</h3>
                <JsonBlock value={tool.configuration} label="Configuration" />
              </section>
            )}
            {canChange && (
              <Button variant="danger-ghost" icon={Trash2} className="self-start" onClick={() => setAsking(true)}>
                Delete tool
              </Button>
            )}
          </div>
        </TabPanel>
        <TabPanel value="calls" className="pt-4">
          <ToolCalls toolId={tool.id} />
        </TabPanel>
        {isOwn && (
          <TabPanel value="versions" className="pt-4">
            <ToolVersions tool={tool} canWrite={canWrite} />
          </TabPanel>
        )}
      </Tabs>
      {isChanging && <ChangeDialog tool={tool} onClose={() => setChanging(false)} />}
      <ConfirmDialog
        open={isAsking}
        onOpenChange={setAsking}
        title={`Delete ${tool.name}?`}
        confirmLabel="Delete"
        busy={remove.isPending}
        error={remove.isError && <ErrorState error={remove.error} />}
        onConfirm={() => afterUnmount(remove.mutateAsync(), onClose)}
      >
        Its credentials are deleted too. This cannot be undone.
      </ConfirmDialog>
    </SidePanel>
  );
}

function limitsSentence(limits: JsonObject): string {
  const { rate_per_minute, timeout_seconds, response_bytes, allowed_hosts } = limits;
  const parts = [
    typeof rate_per_minute === "number" && `${plural(rate_per_minute, "call")} per minute`,
    typeof timeout_seconds === "number" && `${timeout_seconds} s per call`,
    typeof response_bytes === "number" && `${bytes(response_bytes)} per response`,
    Array.isArray(allowed_hosts) && `hosts: ${allowed_hosts.join(", ") || "none"}`,
  ];
  return parts.filter(Boolean).join(" · ");
}

function LimitsRow({ limits }: { readonly limits: JsonObject }) {
  if (Object.keys(limits).length === 0) return null;
  return (
    <>
      <dt className="text-muted">Limits</dt>
      <dd>{limitsSentence(limits)}</dd>
    </>
  );
}

function ChangeDialog({ tool, onClose }: { readonly tool: Tool; readonly onClose: () => void }) {
  if (tool.tool_type === "api") return <ToolDialog tool={tool} onClose={onClose} onSaved={onClose} />;
  if (tool.tool_type === "custom") return <CustomDialog tool={tool} onClose={onClose} onSaved={onClose} />;
  if (tool.tool_type === "database" || tool.tool_type === "file")
    return <KindDialog type={tool.tool_type} tool={tool} onClose={onClose} onSaved={onClose} />;
  return null;
}

function Switching({ tool }: { readonly tool: Tool }) {
  const update = useUpdateTool(tool.id);
  const toast = useToast();
  return (
    <div className="flex items-center justify-between gap-3">
      <span className="text-sm">
        Enabled
        {tool.used_by_count > 0 && (
          <span className="block text-muted text-xs">
            Switching it off stops {plural(tool.used_by_count, "agent")} from starting.
          </span>
        )}
      </span>
      <Switch
        checked={tool.is_active}
        label="Enabled"
        disabled={update.isPending}
        onChange={(isActive) => update.mutate({ is_active: isActive }, { onError: toast.danger })}
      />
    </div>
  );
}

function Facts({ tool }: { readonly tool: Tool }) {
  return (
    <dl className="grid grid-cols-[8rem_1fr] gap-y-2 text-sm">
      <dt className="text-muted">Side effects</dt>
      <dd>
        {EFFECTS[tool.effect].word}
        <span className="block text-muted text-xs">{EFFECTS[tool.effect].sentence}</span>
      </dd>
      <dt className="text-muted">Used by</dt>
      <dd>
        <ToolUsers toolId={tool.id} />
      </dd>
      <LimitsRow limits={tool.limits} />
      {tool.organization_id !== null && (
        <>
          <dt className="text-muted">Credentials</dt>
          <dd>{tool.has_credentials ? "stored, encrypted" : "none"}</dd>
        </>
      )}
    </dl>
  );
}
