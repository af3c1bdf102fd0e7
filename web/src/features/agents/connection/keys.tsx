import { useQuery } from "@tanstack/react-query";
import { KeyRound } from "lucide-react";
import { useState } from "react";
import { useCan } from "@/api/session";
import type { AgentKey } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { Dialog } from "@/components/ui/dialog";
import { ErrorNotice } from "@/components/ui/notice";
import { Loaded } from "@/components/ui/page-states";
import { SecretOnce } from "@/components/ui/secret-once";
import { RelativeTime, useNow } from "@/components/ui/time";
import { agentKeys, useIssueKey, useRevokeAgentKey } from "./api";

/** The keys of an external agent that are accepted still, and the way to new ones. */
export function AgentKeys({ agentId }: { agentId: string }) {
  const canWrite = useCan()("agent_keys:write");
  const keys = useQuery(agentKeys(agentId));
  const issue = useIssueKey(agentId);
  const [revoking, setRevoking] = useState<AgentKey | null>(null);
  const now = useNow();
  return (
    <div className="flex flex-col gap-2">
      <Loaded query={keys}>
        {(data) => {
          const live = data.items.filter((key) => isLive(key, now));
          return (
            <>
              {live.length === 0 && <p className="text-muted text-sm">The agent has no key yet.</p>}
              <ul className="flex flex-col divide-y divide-line">
                {live.map((key) => (
                  <li key={key.id} className="flex flex-wrap items-center gap-x-3 gap-y-1 py-1.5 text-sm">
                    <code className="text-fg text-xs">{key.prefix}…</code>
                    <span className="min-w-0 flex-1 text-muted text-xs">
                      last used <RelativeTime at={key.last_used_at} />
                    </span>
                    {key.expires_at && (
                      <Badge tone="warning">
                        expires <RelativeTime at={key.expires_at} />
                      </Badge>
                    )}
                    {canWrite && (
                      <>
                        {!key.expires_at && (
                          <Button
                            size="sm"
                            variant="ghost"
                            busy={issue.isPending}
                            aria-label={`Rotate ${key.prefix}`}
                            title="Create a key in its place. This one is accepted for another hour."
                            onClick={() => issue.mutate(key.id)}
                          >
                            Rotate
                          </Button>
                        )}
                        <Button
                          size="sm"
                          variant="danger-ghost"
                          aria-label={`Revoke ${key.prefix}`}
                          onClick={() => setRevoking(key)}
                        >
                          Revoke
                        </Button>
                      </>
                    )}
                  </li>
                ))}
              </ul>
            </>
          );
        }}
      </Loaded>
      {canWrite && (
        <Button className="self-start" icon={KeyRound} busy={issue.isPending} onClick={() => issue.mutate(null)}>
          Create key
        </Button>
      )}
      <ErrorNotice error={issue.error} />
      <Dialog open={issue.data !== undefined} onOpenChange={() => issue.reset()} title="Key created">
        {issue.data && (
          <div className="flex flex-col gap-4">
            <SecretOnce
              what="key"
              text={issue.data.key}
              hint="Only its hash is stored. It makes the calls of this agent and no others."
            />
            <div className="flex justify-end">
              <Button variant="primary" onClick={() => issue.reset()}>
                Done
              </Button>
            </div>
          </div>
        )}
      </Dialog>
      {revoking && <Revoke agentId={agentId} agentKey={revoking} onClose={() => setRevoking(null)} />}
    </div>
  );
}

function isLive(key: AgentKey, now: number): boolean {
  return key.revoked_at === null && (key.expires_at === null || Date.parse(key.expires_at) > now);
}

function Revoke({ agentId, agentKey, onClose }: { agentId: string; agentKey: AgentKey; onClose: () => void }) {
  const revoke = useRevokeAgentKey(agentId);
  return (
    <ConfirmDialog
      open
      onOpenChange={onClose}
      title={`Revoke ${agentKey.prefix}?`}
      confirmLabel="Revoke"
      busy={revoke.isPending}
      error={revoke.error ? <ErrorNotice error={revoke.error} /> : null}
      onConfirm={() => revoke.mutate(agentKey.id, { onSuccess: onClose })}
    >
      Requests with this key are refused immediately. This cannot be undone.
    </ConfirmDialog>
  );
}
