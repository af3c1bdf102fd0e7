import { RefreshCw } from "lucide-react";
import type { McpServerTool, McpStatus as Status, Tool } from "@/api/types";
import { Button } from "@/components/ui/button";
import { CodeBlock, JsonBlock } from "@/components/ui/code-block";
import { ErrorState } from "@/components/ui/error-state";
import { Notice } from "@/components/ui/notice";
import { stringifyJson } from "@/lib/exact-json";
import { duration } from "@/lib/format";
import { useMcpAccept, useMcpCheck } from "./api";

/** How the tool stands at its MCP server; a change is shown, and can be accepted. */
export function McpStatus({ tool }: { readonly tool: Tool }) {
  const check = useMcpCheck(tool.id);
  const accept = useMcpAccept(tool.id);
  const status = check.data;
  const offered = status?.status === "changed" ? status.offered : null;
  return (
    <section aria-label="MCP server" className="flex flex-col gap-2 rounded-lg border border-line p-3">
      <div className="flex items-center justify-between gap-3">
        <h3 className="font-medium text-sm">MCP server</h3>
        <Button size="sm" icon={RefreshCw} busy={check.isPending} onClick={() => check.mutate()}>
          Check
        </Button>
      </div>
      {check.isError && <ErrorState error={check.error} />}
      {status && (
        <div aria-live="polite" className="flex flex-col gap-2">
          <Health status={status} />
          {offered && status.accepted && (
            <>
              <Change label="Accepted" tool={status.accepted} />
              <Change label="Offered now" tool={offered} />
              {accept.isError && <ErrorState error={accept.error} />}
              <Button
                variant="primary"
                className="self-start"
                busy={accept.isPending}
                onClick={() => accept.mutate(offered.pin, { onSuccess: () => check.mutate() })}
              >
                Accept change
              </Button>
            </>
          )}
        </div>
      )}
    </section>
  );
}

function Health({ status }: { readonly status: Status }) {
  if (status.status === "unreachable") return <Notice tone="danger">{status.error}</Notice>;
  if (status.status === "missing") return <Notice tone="danger">The server no longer offers this tool.</Notice>;
  const { server } = status;
  return (
    <>
      {status.status === "changed" && (
        <Notice tone="warning">
          The server changed this tool. It is not called until you accept the change. Read the description: models follow it.
        </Notice>
      )}
      {server && (
        <p className="text-muted text-sm">
          {status.status === "ok" && "Healthy. "}
          {server.name} {server.version}, protocol {server.protocol_version}, connected in {duration(server.duration_ms)}
        </p>
      )}
    </>
  );
}

function Change({ label, tool }: { readonly label: string; readonly tool: McpServerTool }) {
  return (
    <section aria-label={label} className="flex flex-col gap-1">
      <h4 className="font-medium text-xs">{label}</h4>
      <CodeBlock text={tool.description || "(no description)"} label={`Description: ${label}`} wrap />
      <JsonBlock key={stringifyJson(tool.parameters_schema)} value={tool.parameters_schema} label={`Schema: ${label}`} />
    </section>
  );
}
