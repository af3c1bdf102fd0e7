import { useQuery } from "@tanstack/react-query";
import { useCan } from "@/api/session";
import type { N8nConnection } from "@/api/types";
import { Section } from "@/components/ui/card";
import { Notice } from "@/components/ui/notice";
import { Loaded } from "@/components/ui/page-states";
import { connectionQuery } from "./api";
import { ConnectionForm } from "./connection-form";
import { N8nWorkflows } from "./n8n-workflows";

/** How the organization reaches its n8n, and which of its workflows are linked. */
export function N8nPage() {
  const connection = useQuery(connectionQuery);
  return <Loaded query={connection}>{(data) => <Connected key={data?.updated_at ?? "none"} connection={data} />}</Loaded>;
}

function Connected({ connection }: { readonly connection: N8nConnection | null }) {
  const canWrite = useCan()("n8n:write");
  return (
    <div className="flex flex-col gap-4">
      <Section
        title="n8n"
        description="n8n carries out workflows that are linked to it, and its executions wait for runs. See docs/n8n.md."
      >
        <div className="flex flex-col gap-4">
          {connection?.last_error && <Notice tone="danger">{connection.last_error}</Notice>}
          {canWrite ? <ConnectionForm connection={connection} /> : <ReadOnly connection={connection} />}
        </div>
      </Section>
      {connection && <N8nWorkflows canWrite={canWrite} />}
    </div>
  );
}

function ReadOnly({ connection }: { readonly connection: N8nConnection | null }) {
  return (
    <p className="text-muted text-sm">
      {connection ? `Connected to ${connection.base_url}.` : "n8n is not connected."} Agent managers, admins and owners can
      change this.
    </p>
  );
}
