import { Rocket } from "lucide-react";
import { useState } from "react";
import { isApiError } from "@/api/problem";
import type { Workflow } from "@/api/types";
import { ServingSection } from "@/components/serving-section";
import { Button } from "@/components/ui/button";
import { ErrorNotice } from "@/components/ui/notice";
import { useToast } from "@/components/ui/toast";
import { stringifyJson } from "@/lib/exact-json";
import { useUpdateWorkflow } from "./api";

interface Props {
  readonly workflow: Workflow;
  readonly canWrite: boolean;
  readonly onDeployments: () => void;
}

/** How a deployed version of the workflow may be called; its deployments open beside. */
export function Serving({ workflow, canWrite, onDeployments }: Props) {
  const update = useUpdateWorkflow(workflow.id);
  const toast = useToast();
  const [config, setConfig] = useState(workflow.deployment_config);
  const isChanged = stringifyJson(config) !== stringifyJson(workflow.deployment_config);
  const problemOf = (field: string) => (isApiError(update.error) ? update.error.fieldMessage(field) : undefined);
  return (
    <div className="flex flex-col gap-3">
      <Button icon={Rocket} onClick={onDeployments}>
        Deployments
      </Button>
      <ServingSection config={config} onChange={setConfig} isReadOnly={!canWrite} problemOf={problemOf} />
      <ErrorNotice error={isApiError(update.error) && update.error.fields.length > 0 ? null : update.error} />
      {isChanged && (
        <div className="flex justify-end gap-2">
          <Button onClick={() => setConfig(workflow.deployment_config)}>Discard</Button>
          <Button
            variant="primary"
            busy={update.isPending}
            onClick={() =>
              update.mutate(
                { deployment_config: config },
                { onSuccess: () => toast.success("Saved. It applies when deployed.") },
              )
            }
          >
            Save
          </Button>
        </div>
      )}
    </div>
  );
}
