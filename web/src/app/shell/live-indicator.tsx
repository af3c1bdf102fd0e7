import { type LiveState, useLive } from "@/api/live";
import { LiveDot } from "@/components/ui/live-dot";
import { useNow } from "@/components/ui/time";
import { Tooltip } from "@/components/ui/tooltip";

type Tone = "success" | "warning" | "neutral" | "danger";

function lookOf(state: LiveState): { word: string; hint: string; tone: Tone } {
  switch (state.kind) {
    case "live":
      return { word: "Live", hint: "Live updates are on. Click to pause.", tone: "success" };
    case "connecting":
      return { word: "Connecting", hint: "Connecting to live updates.", tone: "warning" };
    case "waiting":
      return { word: "Reconnecting", hint: "Live updates lost. Reconnecting.", tone: "warning" };
    case "paused":
      return { word: "Paused", hint: "Live updates are paused. Click to resume.", tone: "neutral" };
    case "refused":
      return {
        word: "Not live",
        hint: "The server refused live updates. Reload the page to try again.",
        tone: "danger",
      };
  }
}

/** Whether what one sees is still true; pressing it (or `.`) holds the page still. */
export function LiveIndicator() {
  const { state, toggle } = useLive();
  const { word, hint, tone } = lookOf(state);
  return (
    <Tooltip text={hint} shortcut=".">
      <button
        type="button"
        onClick={toggle}
        className="flex h-8 items-center gap-1.5 rounded-md px-2 text-muted text-xs transition-colors hover:bg-hover hover:text-fg"
      >
        <LiveDot tone={tone} isPulsing={state.kind !== "live" && state.kind !== "paused"} />
        <span className="max-sm:sr-only">{word}</span>
        {state.kind === "waiting" && <Countdown to={state.retryAt} />}
      </button>
    </Tooltip>
  );
}

function Countdown({ to }: { to: number }) {
  const now = useNow();
  return <span className="tabular-nums max-sm:sr-only">{Math.max(0, Math.ceil((to - now) / 1000))} s</span>;
}
