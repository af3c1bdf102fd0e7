import { X } from "lucide-react";
import type { Approval, JsonObject } from "@/api/types";
import { ConnectButton } from "@/components/connect-button";
import { Button } from "@/components/ui/button";
import { JsonView } from "@/components/ui/json-view";
import { ErrorNotice } from "@/components/ui/notice";
import { afterUnmount } from "@/lib/after-unmount";
import { useDecide } from "./api";

interface Props {
  readonly approval: Approval;
  readonly onDecided: ((approval: Approval) => void) | undefined;
}

/** A call waits for a connection: connect it, or let the agent go on without the call. */
export function ConnectForm({ approval, onDecided }: Props) {
  const decide = useDecide(approval.id);
  const { connection_id, scopes, arguments: called } = approval.arguments;
  return (
    <div className="grid gap-3">
      {Array.isArray(scopes) && scopes.length > 0 && (
        <p className="break-words text-muted text-xs">Scopes: {scopes.join(", ")}</p>
      )}
      {called != null && <JsonView value={called as JsonObject} />}
      <div className="flex flex-wrap items-start gap-2">
        <ConnectButton connectionId={String(connection_id)} />
        <Button
          icon={X}
          busy={decide.isPending}
          onClick={() => afterUnmount(decide.mutateAsync({ decision: "reject" }), (decided) => onDecided?.(decided))}
        >
          Continue without it
        </Button>
      </div>
      <ErrorNotice error={decide.error} />
    </div>
  );
}
