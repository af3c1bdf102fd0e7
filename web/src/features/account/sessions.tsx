import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { OwnSession } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Section } from "@/components/ui/card";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { type Column, DataTable } from "@/components/ui/data-table";
import { LoadMore } from "@/components/ui/load-more";
import { ErrorNotice } from "@/components/ui/notice";
import { Loaded } from "@/components/ui/page-states";
import { RelativeTime } from "@/components/ui/time";
import { useToast } from "@/components/ui/toast";
import { sessionList, useEndSession, useSignOutEverywhere } from "./api";
import { browserName } from "./browser-name";

export function Sessions({ onSignedOut }: { onSignedOut: () => void }) {
  const sessions = useInfiniteQuery(sessionList);
  const everywhere = useSignOutEverywhere();
  const [isAsking, setIsAsking] = useState(false);
  return (
    <Section
      title="Sessions"
      description="Browsers in which you are signed in."
      flush
      actions={
        <Button variant="danger-ghost" onClick={() => setIsAsking(true)}>
          Sign out everywhere
        </Button>
      }
    >
      <Loaded query={sessions}>
        {(data) => (
          <DataTable
            label="Sessions"
            rows={data.pages.flatMap((page) => page.items)}
            rowKey={(session) => session.id}
            columns={COLUMNS}
          />
        )}
      </Loaded>
      <LoadMore query={sessions} />
      <ConfirmDialog
        open={isAsking}
        onOpenChange={setIsAsking}
        title="Sign out everywhere?"
        confirmLabel="Sign out everywhere"
        busy={everywhere.isPending}
        error={everywhere.error ? <ErrorNotice error={everywhere.error} /> : null}
        onConfirm={() => everywhere.mutate(undefined, { onSuccess: onSignedOut })}
      >
        All browsers are signed out immediately, including this one. API keys keep working.
      </ConfirmDialog>
    </Section>
  );
}

const COLUMNS: Column<OwnSession>[] = [
  {
    id: "browser",
    header: "Browser",
    cell: (session) => (
      <div className="min-w-0">
        <p className="flex items-center gap-1.5 font-medium text-fg" title={session.user_agent ?? undefined}>
          {browserName(session.user_agent)} {session.is_current && <Badge tone="success">this session</Badge>}
        </p>
        <p className="text-muted text-xs">{session.ip ?? "unknown address"}</p>
      </div>
    ),
  },
  { id: "seen", header: "Last seen", cell: (session) => <RelativeTime at={session.last_seen_at} /> },
  { id: "since", header: "Signed in", hideBelow: "sm", cell: (session) => <RelativeTime at={session.created_at} /> },
  {
    id: "actions",
    header: <span className="sr-only">Actions</span>,
    align: "end",
    cell: (session) => !session.is_current && <EndSession session={session} />,
  },
];

function EndSession({ session }: { session: OwnSession }) {
  const toast = useToast();
  const end = useEndSession();
  return (
    <Button
      size="sm"
      variant="ghost"
      busy={end.isPending}
      aria-label={`Sign out ${browserName(session.user_agent)}`}
      onClick={() => end.mutate(session.id, { onError: toast.danger })}
    >
      Sign out
    </Button>
  );
}
