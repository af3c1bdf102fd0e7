import { useQuery } from "@tanstack/react-query";
import { Calculator } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { ErrorNotice } from "@/components/ui/notice";
import { Skeleton } from "@/components/ui/skeleton";
import { costQuery } from "../api";

interface Props {
  readonly workflowId: string;
  readonly version: number;
}

/** The most that a run of a version may cost, by node; asked for when it is wanted. */
export function CostPreview({ workflowId, version }: Props) {
  const [isOpen, setIsOpen] = useState(false);
  const found = useQuery({ ...costQuery(workflowId, version), enabled: isOpen, retry: false });
  if (!isOpen)
    return (
      <Button size="sm" variant="ghost" icon={Calculator} className="self-start" onClick={() => setIsOpen(true)}>
        Preview the cost
      </Button>
    );
  if (found.isLoadingError) return <ErrorNotice error={found.error} />;
  if (!found.data) return <Skeleton className="h-16" />;
  const { nodes, cost_usd: cost, is_complete: isComplete, limit_usd: limit } = found.data;
  return (
    <section aria-label="Cost at most" className="flex flex-col gap-1.5 rounded-md border border-line p-2.5 text-xs">
      <p className="font-medium text-fg">
        At most ${cost} for a run of version {version}
        {isComplete ? "" : ", without the nodes whose price is unknown"}
      </p>
      {limit !== null && <p className="text-muted">The limit of a run is ${limit}.</p>}
      <ul className="flex flex-col gap-0.5">
        {nodes.map((each) => (
          <li key={each.node_id} className="flex justify-between gap-2">
            <span className="min-w-0 truncate" title={each.reason}>
              {each.executions} × {each.node_id}
            </span>
            <span className="shrink-0 text-muted tabular-nums">
              {each.cost_usd === null ? "unknown" : `$${each.cost_usd}`}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
