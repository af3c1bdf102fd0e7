import { CircleStop, ExternalLink, Undo2 } from "lucide-react";
import { useState } from "react";
import type { Deployment } from "@/api/types";
import { Button } from "@/components/ui/button";
import { CodeBlock } from "@/components/ui/code-block";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { ErrorNotice } from "@/components/ui/notice";
import { RelativeTime } from "@/components/ui/time";
import { type DeployTarget, useDeploymentAction } from "./api";

interface Props {
  target: DeployTarget;
  current: Deployment | undefined;
  previous: Deployment | undefined;
  canWrite: boolean;
}

/** The deployed version, its URL, and the ways back and off. */
export function Current({ target, current, previous, canWrite }: Props) {
  const rollBack = useDeploymentAction("roll-back");
  const stop = useDeploymentAction("stop");
  const [isStopping, setStopping] = useState(false);
  if (!current) {
    return (
      <p className="rounded-lg border border-line border-dashed px-4 py-5 text-center text-muted text-sm">
        Nothing is deployed. A deployed version answers at a URL that never changes, whatever you save.
      </p>
    );
  }
  const isPublic = current.snapshot.deployment_config?.callers === "anyone";
  return (
    <section aria-label="Deployed" className="flex flex-col gap-3 rounded-lg border border-line-strong bg-surface p-4">
      <div className="flex flex-wrap items-center gap-2">
        <div className="min-w-0 flex-1">
          <h3 className="font-semibold text-base text-fg">Version {current.version} is deployed</h3>
          <p className="text-muted text-xs">
            since <RelativeTime at={current.deployed_at ?? current.created_at} />
            {current.version < target.version && ` · version ${target.version} is saved and not deployed`}
          </p>
        </div>
        {canWrite && previous && (
          <Button size="sm" icon={Undo2} busy={rollBack.isPending} onClick={() => rollBack.mutate(previous.id)}>
            Roll back to version {previous.version}
          </Button>
        )}
        {canWrite && (
          <Button size="sm" variant="danger-ghost" icon={CircleStop} onClick={() => setStopping(true)}>
            Stop
          </Button>
        )}
      </div>
      <ErrorNotice error={rollBack.error} />
      <CodeBlock label="URL" text={current.deployment_url} wrap />
      <details>
        <summary className="cursor-pointer text-muted text-xs hover:text-fg">Call it with curl</summary>
        <CodeBlock className="mt-2" label="curl recipe" text={recipeOf(current, isPublic)} />
        {!isPublic && (
          <p className="mt-1.5 text-muted text-xs">
            The key needs the scope deployments:call only. Create one under Settings, API keys.
          </p>
        )}
      </details>
      {current.chat_url !== null && (
        <details>
          <summary className="cursor-pointer text-muted text-xs hover:text-fg">Chat page and embedding</summary>
          <p className="mt-2 flex items-center gap-1 text-sm">
            <a href={current.chat_url} target="_blank" rel="noreferrer" className="text-accent-text hover:underline">
              Open the chat page
            </a>
            <ExternalLink aria-hidden className="size-3.5 text-faint" />
          </p>
          <CodeBlock
            className="mt-2"
            label="Embed snippet"
            text={`<script src="${current.chat_url}/embed.js" async></script>`}
            wrap
          />
          <p className="mt-1.5 text-muted text-xs">
            {current.snapshot.deployment_config?.frame_ancestors?.length
              ? `Embedded by: ${current.snapshot.deployment_config.frame_ancestors.join(", ")}`
              : "No site may embed it yet. Add your site under Deployment in the editor, save, and deploy."}
          </p>
        </details>
      )}
      <ConfirmDialog
        open={isStopping}
        onOpenChange={setStopping}
        title="Stop the deployment?"
        confirmLabel="Stop deployment"
        busy={stop.isPending}
        error={<ErrorNotice error={stop.error} />}
        onConfirm={() => stop.mutate(current.id, { onSuccess: () => setStopping(false) })}
      >
        The URL and the chat page answer 404 until a version is deployed again. Active runs continue.
      </ConfirmDialog>
    </section>
  );
}

function recipeOf(current: Deployment, isPublic: boolean): string {
  const lines = [
    `curl ${current.deployment_url}`,
    ...(isPublic ? [] : ['-H "Authorization: Bearer $RETINUE_API_KEY"']),
    '-H "Prefer: wait=60"',
    '-H "Content-Type: application/json"',
    `-d '{"prompt": "Hello"}'`,
  ];
  return lines.join(" \\\n  ");
}
