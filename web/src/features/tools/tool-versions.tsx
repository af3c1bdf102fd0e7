import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Json, Tool } from "@/api/types";
import { Button } from "@/components/ui/button";
import { ErrorState } from "@/components/ui/error-state";
import { LoadMore } from "@/components/ui/load-more";
import { SkeletonRows } from "@/components/ui/skeleton";
import { RelativeTime } from "@/components/ui/time";
import { useToast } from "@/components/ui/toast";
import { stringifyJson } from "@/lib/exact-json";
import { toolChanges, toolVersions, useRestoreTool } from "./kind-api";

/** What a tool was, who changed it and when; an earlier version can be restored. */
export function ToolVersions({ tool, canWrite }: { readonly tool: Tool; readonly canWrite: boolean }) {
  const pages = useInfiniteQuery(toolVersions(tool.id));
  const [open, setOpen] = useState<number | null>(null);
  const restore = useRestoreTool(tool.id);
  const toast = useToast();
  const versions = pages.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <section aria-label="Versions" className="flex flex-col gap-2">
      {pages.isPending && <SkeletonRows label="Loading versions" />}
      {pages.isError && <ErrorState error={pages.error} onRetry={() => void pages.refetch()} />}
      <ol className="flex flex-col divide-y divide-line">
        {versions.map((version) => (
          <li key={version.version} className="flex flex-col gap-2 py-2 text-sm">
            <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
              <span className="font-medium">Version {version.version}</span>
              <span className="text-muted">{version.note || version.created_by?.full_name || ""}</span>
              <RelativeTime at={version.created_at} className="text-muted text-xs" />
              <span className="ml-auto flex gap-1">
                {version.version > 1 && (
                  <Button
                    size="sm"
                    aria-expanded={open === version.version}
                    onClick={() => setOpen(open === version.version ? null : version.version)}
                  >
                    Changes
                  </Button>
                )}
                {canWrite && version.version !== tool.version && (
                  <Button
                    size="sm"
                    busy={restore.isPending && restore.variables === version.version}
                    onClick={() => restore.mutate(version.version, { onError: toast.danger })}
                  >
                    Restore
                  </Button>
                )}
              </span>
            </div>
            {open === version.version && <Changes toolId={tool.id} version={version.version} />}
          </li>
        ))}
      </ol>
      <LoadMore query={pages} />
    </section>
  );
}

function Changes({ toolId, version }: { readonly toolId: string; readonly version: number }) {
  const found = useQuery(toolChanges(toolId, version - 1, version));
  if (found.isLoadingError) return <ErrorState error={found.error} />;
  if (!found.data) return <SkeletonRows label="Loading changes" />;
  return (
    <dl className="flex flex-col gap-2 rounded-lg bg-sunken p-2 text-xs">
      {found.data.changes.map((change) => (
        <div key={change.field} className="min-w-0">
          <dt className="font-mono text-muted">{change.field}</dt>
          <dd className="break-words font-mono">
            <del className="text-danger">{shown(change.before)}</del> <ins className="text-ok">{shown(change.after)}</ins>
          </dd>
        </div>
      ))}
    </dl>
  );
}

function shown(value: Json): string {
  if (value === null) return "none";
  return typeof value === "string" ? value : stringifyJson(value);
}
