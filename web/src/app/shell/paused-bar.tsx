import { Pause } from "lucide-react";
import { Button } from "@/components/ui/button";
import { Kbd } from "@/components/ui/kbd";

/** Stays above every page while live updates are paused. */
export default function PausedBar({ onResume }: { onResume: () => void }) {
  return (
    <div
      role="status"
      className="flex flex-wrap items-center gap-x-2 gap-y-1 border-line border-b bg-warning-soft px-4 py-1 text-sm text-warning sm:px-6"
    >
      <Pause aria-hidden className="size-3.5 shrink-0" />
      <p className="min-w-0 flex-1">Live updates are paused. Lists and runs do not change on any page until you resume.</p>
      <Button size="sm" onClick={onResume}>
        Resume
        <span aria-hidden className="max-sm:hidden">
          <Kbd>.</Kbd>
        </span>
      </Button>
    </div>
  );
}
