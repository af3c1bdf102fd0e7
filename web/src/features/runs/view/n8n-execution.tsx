import { queryOptions, useQuery } from "@tanstack/react-query";
import { ExternalLink } from "lucide-react";
import { api, unwrap } from "@/api/client";
import type { Run } from "@/api/types";
import { KeyValueList } from "@/components/ui/key-value";
import { RelativeTime } from "@/components/ui/time";
import { InspectorPart } from "../steps/inspector-part";

function executionQuery(runId: string) {
  return queryOptions({
    queryKey: ["n8n", "execution", runId],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/v1/n8n/executions/{external_run_id}", { params: { path: { external_run_id: runId } }, signal })),
    retry: false,
  });
}

/** Whether a run is n8n’s, as far as the run tells. */
export function isOfN8n(run: Run): boolean {
  return run.type === "workflow" && (run.external_execution_id !== null || run.waiting_reason === "n8n");
}

/** What a run is in n8n, with a link to it there. */
export function N8nExecution({ run }: { readonly run: Run }) {
  const { data } = useQuery(executionQuery(run.id));
  if (!data) return null;
  return (
    <InspectorPart title="n8n">
      <KeyValueList
        rows={[
          [
            "Execution",
            data.url ? (
              <a
                key="execution"
                href={data.url}
                target="_blank"
                rel="noreferrer"
                className="inline-flex items-center gap-1 text-accent-text hover:underline"
              >
                {data.execution_id} <ExternalLink aria-hidden className="size-3" />
                <span className="sr-only">in n8n</span>
              </a>
            ) : (
              data.execution_id
            ),
          ],
          ["Status in n8n", data.status],
          ["Waits until", data.wait_till && <RelativeTime key="till" at={data.wait_till} />],
          ["Last error", data.last_error],
        ]}
      />
    </InspectorPart>
  );
}
