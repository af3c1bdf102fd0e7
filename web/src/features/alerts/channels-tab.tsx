import { useQuery } from "@tanstack/react-query";
import { Plus, Send } from "lucide-react";
import { useState } from "react";
import type { AlertChannel } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { EmptyState } from "@/components/ui/empty-state";
import { ErrorNotice, Notice } from "@/components/ui/notice";
import { Loaded } from "@/components/ui/page-states";
import { SentNotice } from "@/components/ui/sent-notice";
import { StatusBadge } from "@/components/ui/status-badge";
import { Switch } from "@/components/ui/switch";
import { RelativeTime } from "@/components/ui/time";
import { useToast } from "@/components/ui/toast";
import { channelList, useDeleteChannel, useEnableChannel, useTestChannel } from "./api";
import { NewChannelDialog } from "./new-channel-dialog";
import { VerifyForm } from "./verify-form";

const KINDS: Record<AlertChannel["kind"], string> = { email: "E-mail", slack: "Slack", webhook: "Webhook" };

export function ChannelsTab({ canWrite }: { canWrite: boolean }) {
  const channels = useQuery(channelList);
  const [isCreating, setIsCreating] = useState(false);
  return (
    <div className="flex flex-col gap-4">
      {canWrite && (
        <div>
          <Button data-new variant="primary" icon={Plus} onClick={() => setIsCreating(true)}>
            New channel
          </Button>
        </div>
      )}
      <Card>
        <Loaded query={channels}>
          {({ items }) =>
            items.length === 0 ? (
              <EmptyState icon={Send} title="No channels yet">
                Alerts are in the inbox of those who are responsible. Channels send them to e-mail, Slack and webhooks too.
              </EmptyState>
            ) : (
              <ul aria-label="Channels" className="divide-y divide-line">
                {items.map((channel) => (
                  <Channel key={channel.id} channel={channel} canWrite={canWrite} />
                ))}
              </ul>
            )
          }
        </Loaded>
      </Card>
      {isCreating && <NewChannelDialog onClose={() => setIsCreating(false)} />}
    </div>
  );
}

function Channel({ channel, canWrite }: { channel: AlertChannel; canWrite: boolean }) {
  const total = channel.sent_count + channel.dead_count;
  return (
    <li className="flex flex-col gap-2 px-4 py-3">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <div className="min-w-0 flex-1 basis-60">
          <p className="flex flex-wrap items-center gap-2 font-medium text-fg text-sm">
            <span className="truncate">{channel.name}</span>
            <Badge>{KINDS[channel.kind]}</Badge>
            <StatusBadge status={channel.unsubscribed_at === null ? channel.status : "unsubscribed"} />
          </p>
          <p className="mt-0.5 wrap-anywhere text-muted text-xs">
            {channel.kind === "webhook" && channel.address}
            {channel.kind === "slack" && "Incoming webhook"}
            {channel.quiet_hours !== null &&
              ` · quiet ${channel.quiet_hours.start} to ${channel.quiet_hours.end}, ${channel.quiet_hours.timezone}`}
            {total > 0 && ` · ${channel.sent_count} sent, ${channel.dead_count} failed`}
            {channel.last_delivery_at !== null && (
              <>
                {" · last "}
                <RelativeTime at={channel.last_delivery_at} />
              </>
            )}
          </p>
        </div>
        {canWrite && <ChannelActions channel={channel} />}
      </div>
      {channel.problem !== null && <Notice tone="warning">{channel.problem}</Notice>}
      {canWrite && channel.status === "unverified" && <VerifyForm channelId={channel.id} />}
    </li>
  );
}

function ChannelActions({ channel }: { channel: AlertChannel }) {
  const toast = useToast();
  const enable = useEnableChannel();
  const test = useTestChannel();
  const remove = useDeleteChannel();
  const [isDeleting, setIsDeleting] = useState(false);
  return (
    <>
      <Switch
        label={`Enable ${channel.name}`}
        checked={channel.status === "active" || channel.status === "unverified"}
        onChange={(enabled) => enable.mutate({ id: channel.id, enabled }, { onError: (error) => toast.danger(error) })}
      />
      <Button
        size="sm"
        icon={Send}
        aria-label={`Send test message to ${channel.name}`}
        busy={test.isPending}
        disabled={channel.status === "unverified"}
        onClick={() => test.mutate(channel.id)}
      >
        Send test message
      </Button>
      <Button size="sm" variant="danger-ghost" aria-label={`Delete ${channel.name}`} onClick={() => setIsDeleting(true)}>
        Delete
      </Button>
      {test.data && <SentNotice result={test.data} />}
      <ErrorNotice error={test.error} />
      <ConfirmDialog
        open={isDeleting}
        onOpenChange={setIsDeleting}
        title={`Delete ${channel.name}?`}
        confirmLabel="Delete channel"
        busy={remove.isPending}
        error={remove.error && <ErrorNotice error={remove.error} />}
        onConfirm={() => remove.mutate(channel.id, { onSuccess: () => setIsDeleting(false) })}
      >
        What waits to be sent to it is deleted too.
      </ConfirmDialog>
    </>
  );
}
