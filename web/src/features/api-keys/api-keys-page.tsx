import { useInfiniteQuery } from "@tanstack/react-query";
import { KeyRound, Plus } from "lucide-react";
import { useState } from "react";
import { useCan } from "@/api/session";
import type { ApiKey } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Section } from "@/components/ui/card";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { type Column, DataTable } from "@/components/ui/data-table";
import { EmptyState } from "@/components/ui/empty-state";
import { LoadMore } from "@/components/ui/load-more";
import { ErrorNotice } from "@/components/ui/notice";
import { Loaded } from "@/components/ui/page-states";
import { RelativeTime, useNow } from "@/components/ui/time";
import { keyList, useRevokeKey } from "./api";
import { NewKeyDialog } from "./new-key-dialog";

export function ApiKeysPage() {
  const canWrite = useCan()("api_keys:write");
  const keys = useInfiniteQuery(keyList);
  const [isMaking, setIsMaking] = useState(false);
  const [revoking, setRevoking] = useState<ApiKey | null>(null);
  const create = canWrite && (
    <Button data-new variant="primary" icon={Plus} onClick={() => setIsMaking(true)}>
      New key
    </Button>
  );
  return (
    <>
      <Section
        title="API keys"
        description="Credentials for programs: the command line, scripts and external agents."
        actions={create}
        flush
      >
        <Loaded query={keys}>
          {(data) => {
            const rows = data.pages.flatMap((page) => page.items);
            if (rows.length === 0) {
              return (
                <EmptyState icon={KeyRound} title="No keys yet">
                  {canWrite
                    ? "Create a separate key for each program, so that you can revoke it separately."
                    : "Owners and admins can create API keys."}
                </EmptyState>
              );
            }
            return (
              <DataTable label="API keys" rows={rows} rowKey={(key) => key.id} columns={columns(canWrite, setRevoking)} />
            );
          }}
        </Loaded>
        <LoadMore query={keys} />
      </Section>
      <NewKeyDialog open={isMaking} onOpenChange={setIsMaking} />
      {revoking && <RevokeKey apiKey={revoking} onClose={() => setRevoking(null)} />}
    </>
  );
}

function columns(canWrite: boolean, onRevoke: (key: ApiKey) => void): Column<ApiKey>[] {
  return [
    {
      id: "name",
      header: "Name",
      cell: (key) => (
        <div className="min-w-0">
          <p className="truncate font-medium text-fg">{key.name}</p>
          <code className="text-2xs text-muted">{key.prefix}…</code>
        </div>
      ),
    },
    { id: "scopes", header: "May", hideBelow: "md", cell: (key) => <Scopes scopes={key.scopes} /> },
    { id: "used", header: "Last used", hideBelow: "sm", cell: (key) => <RelativeTime at={key.last_used_at} /> },
    { id: "state", header: "State", cell: (key) => <KeyState apiKey={key} /> },
    {
      id: "actions",
      header: <span className="sr-only">Actions</span>,
      align: "end",
      cell: (key) =>
        canWrite &&
        key.revoked_at === null && (
          <Button size="sm" variant="danger-ghost" aria-label={`Revoke ${key.name}`} onClick={() => onRevoke(key)}>
            Revoke
          </Button>
        ),
    },
  ];
}

function Scopes({ scopes }: { scopes: readonly string[] }) {
  const writes = scopes.filter((scope) => !scope.endsWith(":read"));
  const shown = writes.length > 0 ? writes : ["read only"];
  return (
    <span title={scopes.join(", ")} className="flex flex-wrap gap-1">
      {shown.slice(0, 3).map((scope) => (
        <Badge key={scope}>{scope}</Badge>
      ))}
      {shown.length > 3 && <Badge>+{shown.length - 3}</Badge>}
    </span>
  );
}

function KeyState({ apiKey }: { apiKey: ApiKey }) {
  const now = useNow();
  if (apiKey.revoked_at) return <Badge>Revoked</Badge>;
  if (!apiKey.expires_at) return <Badge tone="success">Active</Badge>;
  if (Date.parse(apiKey.expires_at) <= now) return <Badge tone="warning">Expired</Badge>;
  return (
    <span className="whitespace-nowrap text-muted text-xs">
      expires <RelativeTime at={apiKey.expires_at} />
    </span>
  );
}

function RevokeKey({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) {
  const revoke = useRevokeKey();
  return (
    <ConfirmDialog
      open
      onOpenChange={onClose}
      title={`Revoke ${apiKey.name}?`}
      confirmLabel="Revoke"
      busy={revoke.isPending}
      error={revoke.error ? <ErrorNotice error={revoke.error} /> : null}
      onConfirm={() => revoke.mutate(apiKey.id, { onSuccess: onClose })}
    >
      Requests with this key are refused immediately. This cannot be undone.
    </ConfirmDialog>
  );
}
