import { useQuery } from "@tanstack/react-query";
import { connectionQuery } from "@/api/connections";
import { ConnectButton } from "@/components/connect-button";
import { ErrorState } from "@/components/ui/error-state";
import { Notice } from "@/components/ui/notice";
import { Page } from "@/components/ui/page";
import { SkeletonRows } from "@/components/ui/skeleton";

/** One connection, to be connected: where the command line and messages send a person. */
export function ConnectionPage({ connectionId }: { readonly connectionId: string }) {
  const { data, isLoadingError, error, refetch } = useQuery(connectionQuery(connectionId));
  if (isLoadingError) return <ErrorState error={error} onRetry={() => void refetch()} />;
  if (!data) return <SkeletonRows label="Loading connection" />;
  const whose = data.owner === "user" ? "with your own account" : "for the organization";
  return (
    <Page title={`Connect to ${data.name}`} description={`Tools call ${data.destination} ${whose}.`}>
      <div className="flex max-w-xl flex-col gap-4 text-sm">
        {data.status === "connected" && <Notice tone="info">Connected. You can close this page.</Notice>}
        {data.last_error !== null && data.status !== "connected" && <Notice tone="warning">{data.last_error}</Notice>}
        <dl className="grid grid-cols-[6rem_minmax(0,1fr)] gap-y-2">
          <dt className="text-muted">Tools</dt>
          <dd className="break-words">{data.tools.map((each) => each.name).join(", ") || "None"}</dd>
          <dt className="text-muted">Scopes</dt>
          <dd className="break-words">{data.scopes.join(", ") || "Default of the server"}</dd>
        </dl>
        {data.grant_type === "authorization_code" && (
          <ConnectButton connectionId={data.id} label={data.status === "connected" ? "Connect again" : "Connect"} />
        )}
      </div>
    </Page>
  );
}
