import { Link2 } from "lucide-react";
import { useConnect } from "@/api/connections";
import { Button } from "@/components/ui/button";
import { ErrorNotice } from "@/components/ui/notice";

interface Props {
  readonly connectionId: string;
  readonly label?: string;
}

/** Sends the person to the authorization server, and back to this page. */
export function ConnectButton({ connectionId, label = "Connect" }: Props) {
  const connect = useConnect(connectionId);
  const here = `${window.location.pathname}${window.location.search}`;
  return (
    <div className="flex flex-col items-start gap-2">
      <Button
        variant="primary"
        icon={Link2}
        busy={connect.isPending || connect.isSuccess}
        onClick={() => connect.mutate(here)}
      >
        {label}
      </Button>
      <ErrorNotice error={connect.error} />
    </div>
  );
}
