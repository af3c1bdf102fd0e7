import { useQuery } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import { connectionKeys } from "@/api/connections";
import { ConnectButton } from "@/components/connect-button";
import { ErrorNotice, Notice } from "@/components/ui/notice";

interface Props {
  readonly url: string;
  readonly owner: "organization" | "user";
}

/** An MCP server that is to be connected before its tools can be read. */
export function McpConnect({ url, owner }: Props) {
  const made = useQuery({
    queryKey: [...connectionKeys.all, "mcp", url, owner],
    queryFn: () => unwrap(api.POST("/api/v1/connections/mcp", { body: { url, owner, scopes: [] } })),
  });
  if (made.isLoadingError) return <ErrorNotice error={made.error} />;
  return (
    <div className="flex flex-col gap-3">
      <Notice tone="info">
        Connect to this server first. You come back here; then connect it once more to see its tools.
      </Notice>
      {made.data && <ConnectButton connectionId={made.data.id} label={`Connect to ${made.data.name}`} />}
    </div>
  );
}
