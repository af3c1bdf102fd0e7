import { useQuery } from "@tanstack/react-query";
import { Send, Webhook as WebhookIcon } from "lucide-react";
import { type FormEvent, useState } from "react";
import { isApiError } from "@/api/problem";
import { useCan } from "@/api/session";
import type { RunWebhook } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Section } from "@/components/ui/card";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { EmptyState } from "@/components/ui/empty-state";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { ErrorNotice, Notice } from "@/components/ui/notice";
import { Loaded } from "@/components/ui/page-states";
import { SecretOnce } from "@/components/ui/secret-once";
import { SentNotice } from "@/components/ui/sent-notice";
import { StatusBadge } from "@/components/ui/status-badge";
import { Switch } from "@/components/ui/switch";
import { RelativeTime } from "@/components/ui/time";
import { useToast } from "@/components/ui/toast";
import { useCreateWebhook, useDeleteWebhook, useEnableWebhook, useTestWebhook, webhookList } from "./api";
import { WebhookDeliveries } from "./webhook-deliveries";

/** Where the ends of runs are sent, and what was sent there. */
export function WebhooksPage() {
  const canWrite = useCan()("webhooks:write");
  const webhooks = useQuery(webhookList);
  return (
    <div className="flex flex-col gap-4">
      {canWrite && <NewWebhook />}
      <Section title="Webhooks" description="Signed requests that are sent when runs end. See docs/webhooks.md." flush>
        <Loaded query={webhooks}>
          {({ items }) =>
            items.length === 0 ? (
              <EmptyState icon={WebhookIcon} title="No webhooks yet">
                A webhook tells another system when a run completed, failed or was cancelled.
              </EmptyState>
            ) : (
              <ul aria-label="Webhooks" className="divide-y divide-line">
                {items.map((webhook) => (
                  <Webhook key={webhook.id} webhook={webhook} canWrite={canWrite} />
                ))}
              </ul>
            )
          }
        </Loaded>
      </Section>
    </div>
  );
}

function Webhook({ webhook, canWrite }: { webhook: RunWebhook; canWrite: boolean }) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <li className="flex flex-col gap-2 px-4 py-3">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <div className="min-w-0 flex-1 basis-60">
          <p className="flex flex-wrap items-center gap-2 font-medium text-fg text-sm">
            <span className="truncate">{webhook.name}</span>
            <StatusBadge status={webhook.status} />
          </p>
          <p className="mt-0.5 wrap-anywhere text-muted text-xs">
            {webhook.url} · {webhook.events.map((each) => each.replace("run.", "")).join(", ")}
            {webhook.target_name !== null && ` · ${webhook.target_name}`}
            {webhook.last_delivery_at !== null && (
              <>
                {" · last "}
                <RelativeTime at={webhook.last_delivery_at} />
              </>
            )}
          </p>
        </div>
        <Button size="sm" variant="ghost" aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
          Deliveries
        </Button>
        {canWrite && <Actions webhook={webhook} />}
      </div>
      {webhook.last_error !== null && <Notice tone="warning">{webhook.last_error}</Notice>}
      {isOpen && (
        <div className="-mx-4">
          <WebhookDeliveries webhookId={webhook.id} canWrite={canWrite} />
        </div>
      )}
    </li>
  );
}

function Actions({ webhook }: { webhook: RunWebhook }) {
  const toast = useToast();
  const enable = useEnableWebhook(webhook.id);
  const test = useTestWebhook(webhook.id);
  const remove = useDeleteWebhook(webhook.id);
  const [isDeleting, setIsDeleting] = useState(false);
  const onError = (error: Error) => toast.danger(error);
  return (
    <>
      <Switch
        label={`Enable ${webhook.name}`}
        checked={webhook.status === "active"}
        onChange={(enabled) => enable.mutate(enabled, { onError })}
      />
      <Button
        size="sm"
        icon={Send}
        aria-label={`Send test message to ${webhook.name}`}
        busy={test.isPending}
        onClick={() => test.mutate(undefined, { onError })}
      >
        Test
      </Button>
      <Button size="sm" variant="danger-ghost" aria-label={`Delete ${webhook.name}`} onClick={() => setIsDeleting(true)}>
        Delete
      </Button>
      {test.data && <SentNotice result={test.data} />}
      <ConfirmDialog
        open={isDeleting}
        onOpenChange={setIsDeleting}
        title={`Delete ${webhook.name}?`}
        confirmLabel="Delete webhook"
        busy={remove.isPending}
        error={remove.error && <ErrorNotice error={remove.error} />}
        onConfirm={() => remove.mutate(undefined, { onSuccess: () => setIsDeleting(false) })}
      >
        Its signing secret and its deliveries are deleted too.
      </ConfirmDialog>
    </>
  );
}

function NewWebhook() {
  const create = useCreateWebhook();
  const [name, setName] = useState("");
  const [url, setUrl] = useState("");
  const problemOf = (field: string) => (isApiError(create.error) ? create.error.fieldMessage(field) : undefined);

  function onSubmit(event: FormEvent): void {
    event.preventDefault();
    create.mutate({ name, url }, { onSuccess: () => [setName(""), setUrl("")] });
  }

  return (
    <Section title="New webhook">
      <form onSubmit={onSubmit} className="flex flex-col gap-3" noValidate>
        <div className="flex flex-wrap items-start gap-3">
          <Field label="Name" required className="w-48" error={problemOf("name")}>
            {(control) => (
              <Input {...control} value={name} maxLength={200} onChange={(event) => setName(event.target.value)} />
            )}
          </Field>
          <Field label="URL" required className="min-w-0 flex-1 basis-72" error={problemOf("url")}>
            {(control) => (
              <Input {...control} type="url" inputMode="url" value={url} onChange={(event) => setUrl(event.target.value)} />
            )}
          </Field>
          <Button
            type="submit"
            variant="primary"
            className="sm:mt-5.5"
            busy={create.isPending}
            disabled={name.trim() === "" || url.trim() === ""}
          >
            Create webhook
          </Button>
        </div>
        {!["name", "url"].some(problemOf) && <ErrorNotice error={create.error} />}
        {create.data && (
          <SecretOnce
            what="signing secret"
            text={create.data.secret}
            hint="Verify requests with it, as Standard Webhooks describes."
          />
        )}
      </form>
    </Section>
  );
}
