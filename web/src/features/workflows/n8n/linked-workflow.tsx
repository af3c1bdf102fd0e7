import { useQuery } from "@tanstack/react-query";
import { ExternalLink } from "lucide-react";
import { useState } from "react";
import type { N8nLink, Workflow } from "@/api/types";
import { Button, buttonClass } from "@/components/ui/button";
import { Section } from "@/components/ui/card";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { KeyValueList } from "@/components/ui/key-value";
import { ErrorNotice, Notice } from "@/components/ui/notice";
import { Loaded } from "@/components/ui/page-states";
import { Switch } from "@/components/ui/switch";
import { RelativeTime } from "@/components/ui/time";
import { useToast } from "@/components/ui/toast";
import { linkQuery, useRefreshLink, useSetImports, useUnlink } from "./api";

interface Props {
  readonly workflow: Workflow;
  readonly canWrite: boolean;
}

/** What n8n carries out in place of the workflow's own definition: a picture to read; it is edited in n8n. */
export function LinkedWorkflow({ workflow, canWrite }: Props) {
  const link = useQuery(linkQuery(workflow.id));
  return <Loaded query={link}>{(data) => <Shown workflow={workflow} link={data} canWrite={canWrite} />}</Loaded>;
}

function Shown({ workflow, link, canWrite }: Props & { readonly link: N8nLink }) {
  const refresh = useRefreshLink(workflow.id);
  const toast = useToast();
  return (
    <Section
      title="Carried out by n8n"
      description="The nodes are edited in n8n. Name, description and input schema are this workflow’s own."
      actions={
        <>
          <a href={link.url} target="_blank" rel="noreferrer" className={buttonClass("primary")}>
            <ExternalLink aria-hidden className="size-3.5" /> Open in n8n
          </a>
          {canWrite && (
            <>
              <Button busy={refresh.isPending} onClick={() => refresh.mutate(undefined, { onError: toast.danger })}>
                Refresh
              </Button>
              <Unlink workflow={workflow} />
            </>
          )}
        </>
      }
    >
      <div className="flex flex-col gap-4">
        {link.last_error && <Notice tone="danger">{link.last_error}</Notice>}
        {!link.n8n_is_active && (
          <Notice tone="warning">The workflow is not published in n8n: its webhook does not answer.</Notice>
        )}
        {link.webhook_path === null && (
          <Notice tone="warning">
            The workflow has no Webhook trigger that Retinue can call. Add one with the method POST, then refresh.
          </Notice>
        )}
        <KeyValueList
          rows={[
            ["In n8n", link.n8n_name],
            ["Webhook", link.webhook_path && `${link.webhook_method} /${link.webhook_path}`],
            ["Last look", link.looked_at && <RelativeTime key="look" at={link.looked_at} />],
            ["Runs of n8n", <Imports key="imports" link={link} canWrite={canWrite} />],
          ]}
        />
        <Picture link={link} />
      </div>
    </Section>
  );
}

function Imports({ link, canWrite }: { readonly link: N8nLink; readonly canWrite: boolean }) {
  const change = useSetImports(link.workflow_id);
  return (
    <span className="flex items-center gap-2">
      <Switch
        label="Show executions that n8n starts itself as runs"
        checked={link.imports_runs}
        disabled={!canWrite || change.isPending}
        onChange={(isOn) => change.mutate(isOn)}
      />
      {link.imports_runs ? "Executions that n8n starts appear as runs" : "Only runs that are started here"}
    </span>
  );
}

const BOX = { width: 150, height: 44, gap: 28 };

/** The nodes where n8n's canvas has them, with their connections. */
function Picture({ link }: { readonly link: N8nLink }) {
  const nodes = link.nodes.filter((node) => !node.type.endsWith(".stickyNote"));
  if (nodes.length === 0) return null;
  const left = Math.min(...nodes.map((node) => node.x));
  const top = Math.min(...nodes.map((node) => node.y));
  const places = new Map(nodes.map((node) => [node.name, { x: node.x - left, y: node.y - top }]));
  const width = Math.max(...[...places.values()].map((place) => place.x)) + BOX.width + BOX.gap;
  const height = Math.max(...[...places.values()].map((place) => place.y)) + BOX.height + BOX.gap;
  return (
    <div className="max-h-[60dvh] overflow-auto rounded-lg border border-line bg-sunken">
      <svg
        role="img"
        aria-label={`Nodes in n8n: ${nodes.map((node) => node.name).join(", ")}`}
        viewBox={`${-BOX.gap / 2} ${-BOX.gap / 2} ${width} ${height}`}
        width={Math.min(width, 1400)}
        className="max-w-full"
      >
        {link.connections.map(({ source, target }) => {
          const from = places.get(source);
          const to = places.get(target);
          if (!from || !to) return null;
          const start = { x: from.x + BOX.width, y: from.y + BOX.height / 2 };
          const end = { x: to.x, y: to.y + BOX.height / 2 };
          const bend = Math.max(30, Math.abs(end.x - start.x) / 2);
          return (
            <path
              key={`${source}→${target}`}
              d={`M${start.x},${start.y} C${start.x + bend},${start.y} ${end.x - bend},${end.y} ${end.x},${end.y}`}
              className="fill-none stroke-line-strong"
              strokeWidth={1.5}
            />
          );
        })}
        {nodes.map((node) => {
          const place = places.get(node.name) ?? { x: 0, y: 0 };
          return (
            <g key={node.name} transform={`translate(${place.x},${place.y})`} opacity={node.is_disabled ? 0.5 : 1}>
              <rect width={BOX.width} height={BOX.height} rx={8} className="fill-surface stroke-line-strong" />
              <text x={10} y={19} className="fill-fg text-[12px]">
                {clipped(node.name)}
              </text>
              <text x={10} y={34} className="fill-muted text-[10px]">
                {clipped(node.type.split(".").pop() ?? "")}
              </text>
            </g>
          );
        })}
      </svg>
    </div>
  );
}

function clipped(text: string): string {
  return text.length > 20 ? `${text.slice(0, 19)}…` : text;
}

function Unlink({ workflow }: { readonly workflow: Workflow }) {
  const [isAsking, setIsAsking] = useState(false);
  const unlink = useUnlink(workflow.id);
  return (
    <>
      <Button variant="ghost" onClick={() => setIsAsking(true)}>
        Remove link…
      </Button>
      {isAsking && (
        <ConfirmDialog
          open
          onOpenChange={setIsAsking}
          title="Remove the link to n8n?"
          confirmLabel="Remove link"
          busy={unlink.isPending}
          error={<ErrorNotice error={unlink.error} />}
          onConfirm={() => unlink.mutate()}
        >
          The workflow and its runs stay. Its own definition is carried out from now on; nothing changes in n8n.
        </ConfirmDialog>
      )}
    </>
  );
}
