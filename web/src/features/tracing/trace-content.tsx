import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import { useCan } from "@/api/session";
import { tracingQuery } from "@/api/tracing";
import { Section } from "@/components/ui/card";
import { ErrorNotice } from "@/components/ui/notice";
import { Switch } from "@/components/ui/switch";
import { useToast } from "@/components/ui/toast";

const NAMES: Record<string, string> = { otlp: "an OpenTelemetry collector", langfuse: "Langfuse" };

/** Whether inputs and outputs leave with traces; shown where the operator sends traces, and saved at once. */
export function TraceContent() {
  const canWrite = useCan()("organization:write");
  const toast = useToast();
  const client = useQueryClient();
  const tracing = useQuery({ ...tracingQuery, enabled: useCan()("runs:read") });
  const update = useMutation({
    mutationFn: (allows_content: boolean) =>
      unwrap(api.PUT("/api/v1/organizations/current/tracing", { body: { allows_content } })),
    onSuccess: (saved) => {
      client.setQueryData(tracingQuery.queryKey, saved);
      toast.success(saved.allows_content ? "Content is sent with traces." : "Content is not sent with traces.");
    },
  });
  if (!tracing.data || tracing.data.destinations.length === 0) return null;
  const { destinations, sends_content, allows_content } = tracing.data;
  return (
    <Section title="Traces">
      <div className="flex items-start gap-3">
        <div className="min-w-0 flex-1">
          <p className="font-medium text-fg text-sm">Send content with traces</p>
          <p id="trace-content-hint" className="text-muted text-xs">
            Traces of runs are sent to {destinations.map((name) => NAMES[name] ?? name).join(" and ")}. With content, inputs,
            outputs, error messages and tags are sent too.
            {!sends_content && " The operator of this installation has disabled content."}
          </p>
        </div>
        <Switch
          label="Send content with traces"
          aria-describedby="trace-content-hint"
          checked={allows_content}
          disabled={!canWrite || update.isPending}
          onChange={(checked) => update.mutate(checked)}
        />
      </div>
      <ErrorNotice error={update.error} />
    </Section>
  );
}
