import { useQuery } from "@tanstack/react-query";
import { Unlink } from "lucide-react";
import { type Connection, connectionQuery, useDisconnect } from "@/api/connections";
import { ConnectButton } from "@/components/connect-button";
import { Button } from "@/components/ui/button";
import { ErrorState } from "@/components/ui/error-state";
import { ErrorNotice } from "@/components/ui/notice";
import { RelativeTime } from "@/components/ui/time";

interface Props {
  readonly connectionId: string;
  readonly canWrite: boolean;
}

/** How a tool's connection by OAuth stands, for the organization or for the person who looks. */
export function ToolConnection({ connectionId, canWrite }: Props) {
  const { data, isLoadingError, error } = useQuery(connectionQuery(connectionId));
  if (isLoadingError) return <ErrorState error={error} />;
  if (!data) return null;
  const mayConnect = data.grant_type === "authorization_code" && (canWrite || data.owner === "user");
  return (
    <section aria-label="Connection" className="flex flex-col gap-2 rounded-lg border border-line p-3 text-sm">
      <h3 className="font-medium">Connection</h3>
      <p aria-live="polite">
        {sentenceOf(data)}
        {data.granted_at !== null && data.status === "connected" && (
          <span className="text-muted">
            {" "}
            Since <RelativeTime at={data.granted_at} />
            {data.granted_by_name ? ` by ${data.granted_by_name}` : ""}.
          </span>
        )}
      </p>
      {data.last_error !== null && <p className="break-words text-danger text-xs">{data.last_error}</p>}
      {mayConnect && <Switches connection={data} />}
    </section>
  );
}

function sentenceOf({ name, owner, status, grant_type }: Connection): string {
  if (grant_type === "client_credentials") return `Signs in to ${name} by client credentials.`;
  const who = owner === "user" ? "You are" : "The organization is";
  if (status === "connected") return `${who} connected to ${name}.`;
  return status === "revoked" ? `The connection to ${name} was revoked.` : `${who} not connected to ${name}.`;
}

function Switches({ connection }: { readonly connection: Connection }) {
  const disconnect = useDisconnect(connection.id);
  const isConnected = connection.status === "connected";
  return (
    <div className="flex flex-wrap items-start gap-2">
      <ConnectButton connectionId={connection.id} label={isConnected ? "Connect again" : "Connect"} />
      {isConnected && (
        <Button icon={Unlink} busy={disconnect.isPending} onClick={() => disconnect.mutate()}>
          Disconnect
        </Button>
      )}
      <ErrorNotice error={disconnect.error} />
    </div>
  );
}
