import { useQuery } from "@tanstack/react-query";
import { ShieldCheck } from "lucide-react";
import type { ReactNode } from "react";
import { useCan } from "@/api/session";
import type { Agent } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Section } from "@/components/ui/card";
import { Dialog } from "@/components/ui/dialog";
import { ErrorNotice } from "@/components/ui/notice";
import { Loaded } from "@/components/ui/page-states";
import { SecretOnce } from "@/components/ui/secret-once";
import { StatusBadge } from "@/components/ui/status-badge";
import { heartbeatHistory, useCreateWebhookSecret } from "./api";
import { HeartbeatStrip } from "./heartbeat-strip";
import { AgentKeys } from "./keys";
import { Recipes } from "./recipes";

/** How an external agent is connected: its heartbeats, its keys, the secret that signs its calls, and what it sends. */
export function ConnectionSection({ agent }: { agent: Agent }) {
  const history = useQuery(heartbeatHistory(agent.id));
  return (
    <Section
      id="connection"
      title="Connection"
      description="Saved immediately; not versioned. The agent claims its runs, or is called by its webhook."
      actions={<StatusBadge status={history.data?.presence ?? agent.presence} />}
    >
      <div className="flex flex-col gap-5">
        <Part title="Heartbeats">
          <Loaded query={history}>{(data) => <HeartbeatStrip history={data} />}</Loaded>
        </Part>
        <Part title="Keys">
          <AgentKeys agentId={agent.id} />
        </Part>
        {agent.webhook_url && (
          <Part title="Signing secret">
            <SigningSecret agentId={agent.id} />
          </Part>
        )}
        <Part title="Recipes">
          <Recipes agentId={agent.id} />
        </Part>
      </div>
    </Section>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="flex flex-col gap-2">
      <h3 className="font-medium text-fg text-sm">{title}</h3>
      {children}
    </div>
  );
}

function SigningSecret({ agentId }: { agentId: string }) {
  const canWrite = useCan()("agent_keys:write");
  const create = useCreateWebhookSecret(agentId);
  return (
    <div className="flex flex-col gap-2">
      <p className="text-muted text-sm">
        Calls of the webhook are signed by Standard Webhooks. After another secret is created, the former one signs too for
        24 hours.
      </p>
      {canWrite && (
        <Button className="self-start" icon={ShieldCheck} busy={create.isPending} onClick={() => create.mutate()}>
          Create signing secret
        </Button>
      )}
      <ErrorNotice error={create.error} />
      <Dialog open={create.data !== undefined} onOpenChange={() => create.reset()} title="Signing secret created">
        {create.data && (
          <div className="flex flex-col gap-4">
            <SecretOnce what="secret" text={create.data.secret} hint="It is stored encrypted." />
            <div className="flex justify-end">
              <Button variant="primary" onClick={() => create.reset()}>
                Done
              </Button>
            </div>
          </div>
        )}
      </Dialog>
    </div>
  );
}
