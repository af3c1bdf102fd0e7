import { useState } from "react";
import type { Workflow } from "@/api/types";
import { Button } from "@/components/ui/button";
import { CodeBlock } from "@/components/ui/code-block";
import { CopyButton } from "@/components/ui/copy-button";
import { Dialog } from "@/components/ui/dialog";
import { ErrorNotice, Notice } from "@/components/ui/notice";
import { SecretOnce } from "@/components/ui/secret-once";
import { Switch } from "@/components/ui/switch";
import { useNewWebhookSecret, useUpdateWorkflow } from "./api";

interface Props {
  readonly workflow: Workflow;
  readonly onClose: () => void;
}

/** The webhook of a workflow: its switch, its address, a new secret, and a signed request to try. */
export function WebhookDialog({ workflow, onClose }: Props) {
  const update = useUpdateWorkflow(workflow.id);
  const renew = useNewWebhookSecret(workflow.id);
  const [isSure, setIsSure] = useState(false);
  const url = `${window.location.origin}/api/v1/workflows/${workflow.id}/webhook`;
  const config = workflow.trigger_config;
  return (
    <Dialog
      open
      onOpenChange={(isOpen) => !isOpen && onClose()}
      title={`Webhook of ${workflow.name}`}
      description="A request that is signed with the secret starts a run; its body is the input. No API key is needed."
    >
      <div className="grid gap-4 text-sm">
        <div className="flex items-center gap-2">
          <Switch
            label="Accept signed requests"
            checked={config.webhook === true}
            disabled={update.isPending}
            onChange={(webhook) => update.mutate({ trigger_config: { ...config, webhook } })}
          />
          <span aria-hidden="true">Accept signed requests</span>
        </div>
        {config.webhook && !workflow.is_active && (
          <Notice tone="warning">The workflow is not active: requests are refused until it is activated.</Notice>
        )}
        <ErrorNotice error={update.error} />
        <div className="flex items-center gap-1 rounded-lg border border-line bg-sunken py-1.5 pr-1.5 pl-3">
          <code className="min-w-0 flex-1 break-all text-xs">{url}</code>
          <CopyButton text={url} label="Copy the address" />
        </div>
        {renew.data ? (
          <>
            <SecretOnce what="secret" text={renew.data.secret} hint="It signs the requests by Standard Webhooks." />
            <CodeBlock label="Signed request" text={signedRequest(url)} />
          </>
        ) : (
          <div className="flex flex-wrap items-center gap-2">
            <Button busy={renew.isPending} onClick={() => (isSure ? renew.mutate() : setIsSure(true))}>
              {isSure ? "Make it, and refuse the one before" : "New secret"}
            </Button>
            {isSure && (
              <span className="text-muted text-xs">The secret in use, if there is one, stops working at once.</span>
            )}
          </div>
        )}
        <ErrorNotice error={renew.error} />
      </div>
    </Dialog>
  );
}

/** Commands for a shell; the same as those of `retinue workflows webhook --new-secret`. */
function signedRequest(url: string): string {
  return `export WEBHOOK_SECRET='whsec_…'
body='{}'; id="msg_$(date +%s)"; at="$(date +%s)"
key="$(printf %s "\${WEBHOOK_SECRET#whsec_}" | base64 -d | od -An -v -tx1 | tr -d ' \\n')"
signature="$(printf %s "$id.$at.$body" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | base64)"
curl '${url}' -H 'Content-Type: application/json' -d "$body" \\
  -H "webhook-id: $id" -H "webhook-timestamp: $at" -H "webhook-signature: v1,$signature"`;
}
