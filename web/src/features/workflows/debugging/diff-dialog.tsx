import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useMemo, useState } from "react";
import type { Workflow, WorkflowDifference } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { ErrorState } from "@/components/ui/error-state";
import { NumberField } from "@/components/ui/number-field";
import { Skeleton } from "@/components/ui/skeleton";
import { cx } from "@/lib/cx";
import { diffQuery } from "../api";
import type { Scope } from "../graph/document";
import { hasBody, mergedAt } from "./merged";

const Canvas = lazy(() => import("../canvas/canvas"));
const WHOLE: Scope = [];

interface Props {
  readonly workflow: Workflow;
  readonly onClose: () => void;
}

/** Two versions drawn as one, and their differences as a list. */
export function DiffDialog({ workflow, onClose }: Props) {
  const [before, setBefore] = useState(workflow.active_version ?? Math.max(1, workflow.version - 1));
  const [after, setAfter] = useState(workflow.version);
  const found = useQuery({ ...diffQuery(workflow.id, before, after), retry: false });
  return (
    <Dialog
      open
      size="lg"
      onOpenChange={(isOpen) => !isOpen && onClose()}
      title={`Compare versions of ${workflow.name}`}
      description="Added nodes and edges are green, removed ones red, changed ones amber."
      footer={<Button onClick={onClose}>Close</Button>}
    >
      <div className="flex flex-col gap-4">
        <div className="grid grid-cols-2 gap-3">
          <VersionField label="From version" value={before} most={workflow.version} onChange={setBefore} />
          <VersionField label="To version" value={after} most={workflow.version} onChange={setAfter} />
        </div>
        {found.isPending && <Skeleton className="h-80" />}
        {found.isError && <ErrorState error={found.error} onRetry={() => void found.refetch()} />}
        {found.data && (
          <>
            <Drawn key={`${before} ${after}`} before={found.data.before} after={found.data.after} />
            <Differences differences={found.data.changes} />
          </>
        )}
      </div>
    </Dialog>
  );
}

interface VersionProps {
  readonly label: string;
  readonly value: number;
  readonly most: number;
  readonly onChange: (version: number) => void;
}

function VersionField({ label, value, most, onChange }: VersionProps) {
  return (
    <NumberField
      label={label}
      value={value}
      step={1}
      min={1}
      max={most}
      onChange={(next) => {
        if (next !== null && Number.isInteger(next) && next >= 1 && next <= most) onChange(next);
      }}
    />
  );
}

type Definitions = Pick<Parameters<typeof mergedAt>, 0 | 1>;

function Drawn({ before, after }: { readonly before: Definitions[0]; readonly after: Definitions[1] }) {
  const [scope, setScope] = useState<Scope>(WHOLE);
  const merged = useMemo(() => mergedAt(before, after, scope), [before, after, scope]);
  return (
    <section aria-label="Both versions" className="overflow-hidden rounded-lg border border-line">
      {scope.length > 0 && (
        <div className="border-line border-b px-3 py-1.5 text-xs">
          <button type="button" className="rounded px-1 text-accent-text hover:underline" onClick={() => setScope(WHOLE)}>
            Workflow
          </button>{" "}
          / {scope.join(" / ")}
        </div>
      )}
      <div className="h-80">
        <Suspense fallback={<Skeleton className="size-full" />}>
          <Canvas
            key={scope.join("/")}
            definition={merged.definition}
            scope={WHOLE}
            selection={null}
            onSelect={() => undefined}
            changes={merged}
            onOpen={(id) => hasBody(before, after, scope, id) && setScope((above) => [...above, id])}
          />
        </Suspense>
      </div>
    </section>
  );
}

const INKS = { added: "text-success", removed: "text-danger", changed: "text-warning" } as const;
const SIGNS = { added: "+", removed: "−", changed: "~" } as const;

function Differences({ differences }: { readonly differences: readonly WorkflowDifference[] }) {
  if (differences.length === 0) return <p className="text-muted text-sm">The two versions mean the same.</p>;
  return (
    <ul aria-label="Differences" className="flex flex-col gap-1 text-sm">
      {differences.map((each) => (
        <li key={`${each.kind} ${each.message}`} className="flex gap-2">
          <span aria-hidden className={cx("w-3 shrink-0 text-center font-mono", INKS[each.kind])}>
            {SIGNS[each.kind]}
          </span>
          {each.message}
        </li>
      ))}
    </ul>
  );
}
