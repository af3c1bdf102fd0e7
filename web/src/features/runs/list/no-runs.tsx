import { FilterX, Play } from "lucide-react";
import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import { plural } from "@/lib/format";

interface Props {
  readonly isFiltered: boolean;
  readonly canWrite: boolean;
  readonly newCount: number;
  readonly onShow: () => void;
  readonly onClear: () => void;
  readonly onStart: () => void;
}

/** A list without rows: because nothing ran yet, or because the filters leave nothing. */
export function NoRuns({ isFiltered, canWrite, newCount, onShow, onClear, onStart }: Props) {
  if (newCount > 0) {
    return (
      <EmptyState
        icon={Play}
        title={`${plural(newCount, "new run")}`}
        action={
          <Button variant="primary" onClick={onShow}>
            Show
          </Button>
        }
      />
    );
  }
  if (isFiltered)
    return (
      <EmptyState
        icon={FilterX}
        title="No run matches these filters"
        action={<Button onClick={onClear}>Clear filters</Button>}
      />
    );
  return (
    <EmptyState
      icon={Play}
      title="No runs yet"
      {...(canWrite
        ? {
            action: (
              <Button variant="primary" onClick={onStart}>
                Start a run
              </Button>
            ),
          }
        : {})}
    >
      Runs of your agents appear here with all their steps.
    </EmptyState>
  );
}
