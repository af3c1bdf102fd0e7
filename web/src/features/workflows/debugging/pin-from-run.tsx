import { Pin } from "lucide-react";
import type { Json } from "@/api/types";
import { Button } from "@/components/ui/button";
import { useToast } from "@/components/ui/toast";
import { useLastOutput } from "../api";

interface Props {
  readonly workflowId: string;
  /** The node, after the maps and loops around it. */
  readonly path: string;
  readonly onPin: (pin: Json) => void;
}

/** Pins what the node gave in the last run of the workflow. */
export function PinFromRun({ workflowId, path, onPin }: Props) {
  const last = useLastOutput(workflowId);
  const toast = useToast();
  return (
    <Button
      size="sm"
      icon={Pin}
      busy={last.isPending}
      onClick={() =>
        last.mutate(path, {
          onSuccess: (found) => {
            if (found === null) toast.danger(new Error(`The last runs have no output of ${path}.`));
            else onPin({ result: found.output });
          },
          onError: toast.danger,
        })
      }
    >
      Pin the output of the last run
    </Button>
  );
}
