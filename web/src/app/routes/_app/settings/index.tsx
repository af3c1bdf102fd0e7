import { createFileRoute } from "@tanstack/react-router";
import { useToast } from "@/components/ui/toast";
import { GeneralPage } from "@/features/organization/general-page";
import { TraceContent } from "@/features/tracing/trace-content";
import { useLeaveOrganization } from "../../../shell/enter-organization";

export const Route = createFileRoute("/_app/settings/")({ component: General });

function General() {
  const leave = useLeaveOrganization();
  const toast = useToast();
  return (
    <GeneralPage
      onDeleted={({ name }) => {
        toast.success(`The deletion of ${name} is scheduled.`);
        void leave().catch(toast.danger);
      }}
    >
      <TraceContent />
    </GeneralPage>
  );
}
