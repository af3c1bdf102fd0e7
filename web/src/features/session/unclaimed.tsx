import { CardPage } from "@/components/card-page";
import { Button } from "@/components/ui/button";
import { CodeBlock } from "@/components/ui/code-block";

/** What an installation without an owner shows: where the link is that makes the first one. */
export function Unclaimed({ onRetry }: { onRetry: () => void }) {
  return (
    <CardPage title="This installation has no owner yet" description="Open the link that Retinue printed when it started.">
      <div className="flex flex-col gap-4 text-fg text-sm">
        <p>
          The terminal where <code>make up</code> or <code>retinue up</code> runs shows the link. It begins with{" "}
          <code className="break-all">{`${window.location.origin}/claim?token=`}</code>, works once, and expires after 24
          hours.
        </p>
        <div className="flex flex-col gap-1.5">
          <p>To print a new link, run this on the machine that runs Retinue:</p>
          <CodeBlock text="retinue claim-link" label="Command" />
          <p className="text-muted text-xs">
            After <code>make up</code>, the command is <code>.venv/bin/retinue claim-link</code>.
          </p>
        </div>
        <Button size="lg" onClick={onRetry}>
          Check again
        </Button>
      </div>
    </CardPage>
  );
}
