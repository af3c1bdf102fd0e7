import { Pause, Play, SkipBack, SkipForward, X } from "lucide-react";
import { Button } from "@/components/ui/button";
import { Select } from "@/components/ui/select";
import { duration } from "@/lib/format";
import { ToolButton } from "../tool-button";
import { instantAt, place } from "../waterfall/time-axis";
import { type Playhead, SPEEDS } from "./use-playhead";

/** Parts into which the axis is cut for the slider. */
const PARTS = 1000;

/** Under every view of an ended run: the moment that they show, moved by hand or played. */
export function PlayheadBar({ playhead }: { readonly playhead: Playhead }) {
  const { axis, instant, isPlaying, speed } = playhead;
  const offset = (instant ?? axis.to) - axis.from;
  const told = `${duration(offset)} of ${duration(axis.to - axis.from)}`;
  return (
    <section aria-label="Replay" className="flex shrink-0 items-center gap-1 border-line border-t bg-surface px-3 py-1.5">
      <ToolButton label="Previous moment" icon={SkipBack} onClick={() => playhead.step(-1)} />
      <ToolButton label={isPlaying ? "Pause replay" : "Play"} icon={isPlaying ? Pause : Play} onClick={playhead.toggle} />
      <ToolButton label="Next moment" icon={SkipForward} onClick={() => playhead.step(1)} />
      <input
        type="range"
        aria-label="Moment of the run"
        aria-valuetext={told}
        min={0}
        max={PARTS}
        value={Math.round((instant === undefined ? 1 : place(axis, instant)) * PARTS)}
        onChange={(event) => playhead.seek(instantAt(axis, Number(event.target.value) / PARTS))}
        className="mx-2 h-4 min-w-0 flex-1 accent-accent"
      />
      <span className="mr-1 shrink-0 text-right text-2xs text-muted tabular-nums">{told}</span>
      <Select
        aria-label="Speed"
        className="w-18 max-sm:hidden"
        value={speed}
        onChange={(event) => playhead.setSpeed(Number(event.target.value))}
      >
        {SPEEDS.map((one) => (
          <option key={one} value={one}>
            {one}×
          </option>
        ))}
      </Select>
      {instant !== undefined && (
        <Button size="sm" variant="ghost" icon={X} onClick={() => playhead.seek(undefined)}>
          Whole run
        </Button>
      )}
    </section>
  );
}
