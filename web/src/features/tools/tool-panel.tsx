import { Pencil, Trash2 } from "lucide-react";
import { useState } from "react";
import type { Tool } from "@/api/types";
import { Button } from "@/components/ui/button";
import { JsonBlock } from "@/components/ui/code-block";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { ErrorState } from "@/components/ui/error-state";
import { SidePanel } from "@/components/ui/side-panel";
import { Switch } from "@/components/ui/switch";
import { useToast } from "@/components/ui/toast";
import { stringifyJson } from "@/lib/exact-json";
import { plural } from "@/lib/format";
import { outlive } from "@/lib/outlive";
import { useDeleteTool, useUpdateTool } from "./api";
import { CustomDialog } from "./custom-dialog";
import { EFFECTS } from "./labels";
import { McpStatus } from "./mcp-status";
import { ToolDialog } from "./tool-dialog";
import { ToolTrial } from "./tool-trial";

interface Props {
  readonly tool: Tool;
  readonly canWrite: boolean;
  readonly onClose: () => void;
}

/** One tool beside the list: what it is, a trial of it, and its switches. */
export function ToolPanel({ tool, canWrite, onClose }: Props) {
  const [isAsking, setAsking] = useState(false);
  const [isChanging, setChanging] = useState(false);
  const update = useUpdateTool(tool.id);
  const remove = useDeleteTool(tool.id);
  const toast = useToast();
  const isOwn = tool.organization_id !== null;
  const isMcp = isOwn && tool.tool_type === "mcp";
  const Editor = tool.tool_type === "custom" ? CustomDialog : ToolDialog;
  return (
    <SidePanel open onClose={onClose} title={tool.name}>
      <div className="flex flex-col gap-5">
        <div className="flex items-start justify-between gap-3">
          <p className="text-sm">
            {tool.description || "This tool has no description. Models choose tools by their descriptions."}
          </p>
          {isOwn && canWrite && !isMcp && (
            <Button icon={Pencil} onClick={() => setChanging(true)}>
              Change
            </Button>
          )}
        </div>
        <dl className="grid grid-cols-[8rem_1fr] gap-y-2 text-sm">
          <dt className="text-muted">Side effects</dt>
          <dd>
            {EFFECTS[tool.effect].word}
            <span className="block text-muted text-xs">{EFFECTS[tool.effect].sentence}</span>
          </dd>
          <dt className="text-muted">Used by</dt>
          <dd>{tool.used_by_count === 0 ? "no agent" : plural(tool.used_by_count, "agent")}</dd>
          {isOwn && (
            <>
              <dt className="text-muted">Credentials</dt>
              <dd>{tool.has_credentials ? "stored, encrypted" : "none"}</dd>
            </>
          )}
        </dl>
        {isOwn && canWrite && (
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
        )}
        {isMcp && canWrite && <McpStatus tool={tool} />}
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
        {isOwn && canWrite && (
          <Button variant="danger-ghost" icon={Trash2} className="self-start" onClick={() => setAsking(true)}>
            Delete tool
          </Button>
        )}
      </div>
      {isChanging && <Editor tool={tool} onClose={() => setChanging(false)} onSaved={() => setChanging(false)} />}
      <ConfirmDialog
        open={isAsking}
        onOpenChange={setAsking}
        title={`Delete ${tool.name}?`}
        confirmLabel="Delete"
        busy={remove.isPending}
        error={remove.isError && <ErrorState error={remove.error} />}
        onConfirm={() => outlive(remove.mutateAsync(), onClose)}
      >
        Its credentials are deleted too. This cannot be undone.
      </ConfirmDialog>
    </SidePanel>
  );
}
