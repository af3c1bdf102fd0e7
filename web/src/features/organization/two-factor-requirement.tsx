import { useState } from "react";
import { isApiError } from "@/api/problem";
import { useCan, useSession } from "@/api/session";
import type { Organization } from "@/api/types";
import { Section } from "@/components/ui/card";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { ErrorNotice } from "@/components/ui/notice";
import { Switch } from "@/components/ui/switch";
import { useToast } from "@/components/ui/toast";
import { afterUnmount } from "@/lib/after-unmount";
import { useUpdateOrganization } from "./api";

/** Whether members need a second factor to work in the organization; saved at once. */
export function TwoFactorRequirement({ organization }: { organization: Organization }) {
  const canWrite = useCan()("organization:write");
  const { user } = useSession();
  const toast = useToast();
  const update = useUpdateOrganization();
  const [isAsking, setIsAsking] = useState(false);
  const isRequired = organization.require_two_factor;
  const isMissing = !isRequired && !user.has_two_factor;
  const set = (require_two_factor: boolean) =>
    afterUnmount(update.mutateAsync({ require_two_factor }), () => {
      setIsAsking(false);
      toast.success(
        require_two_factor ? "Two-factor authentication is required." : "Two-factor authentication is optional.",
      );
    });
  return (
    <Section title="Sign-in security">
      <div className="flex items-start gap-3">
        <div className="min-w-0 flex-1">
          <p className="font-medium text-fg text-sm">Require two-factor authentication</p>
          <p id="two-factor-hint" className="text-muted text-xs">
            Members must set it up before they can use this organization. API keys are not affected.
            {canWrite && isMissing && " Set it up for your own account first."}
          </p>
        </div>
        <Switch
          label="Require two-factor authentication"
          aria-describedby="two-factor-hint"
          checked={isRequired}
          disabled={!canWrite || isMissing || update.isPending}
          onChange={(checked) => (checked ? setIsAsking(true) : set(false))}
        />
      </div>
      {!isAsking && <ErrorNotice error={update.error} />}
      <ConfirmDialog
        open={isAsking}
        onOpenChange={setIsAsking}
        title="Require two-factor authentication?"
        confirmLabel="Require"
        tone="primary"
        busy={update.isPending}
        error={isAsking && isApiError(update.error) ? <ErrorNotice error={update.error} /> : null}
        onConfirm={() => set(true)}
      >
        Members without it lose access until they set it up. The console asks them to do so.
      </ConfirmDialog>
    </Section>
  );
}
