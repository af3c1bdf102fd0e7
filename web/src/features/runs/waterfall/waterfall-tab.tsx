import "./waterfall.css";
import { useVirtualizer } from "@tanstack/react-virtual";
import { Minus, Plus, RotateCcw, Spline } from "lucide-react";
import { type CSSProperties, useRef, useState } from "react";
import type { RunState } from "../live/fold";
import type { Playhead } from "../playhead/use-playhead";
import type { TreeRow } from "../steps/step-tree-rows";
import { ToolButton } from "../tool-button";
import { TimeSplitBar } from "./time-split-bar";
import { useWidth } from "./use-width";
import { useZoom } from "./use-zoom";
import { waterfall } from "./waterfall";
import { WaterfallRow } from "./waterfall-row";
import { WaterfallRuler } from "./waterfall-ruler";

interface Props {
  readonly state: RunState;
  readonly rows: readonly TreeRow[];
  readonly selected: string | undefined;
  readonly now: number;
  readonly onSelect: (stepId: string) => void;
  readonly playhead: Playhead | null;
}

const ROW_HEIGHT = 34;
const RULER_HEIGHT = 36;
const ZOOM = 1.5;
/** Room for a name at the right of the plot. */
const GUTTER_PX = 168;

/** One bar a step on a common time axis: the shape of the run at a glance. */
export function WaterfallTab({ state, rows, selected, now, onSelect, playhead }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const [showsPath, setShowsPath] = useState(true);
  const zoom = useZoom(frame, GUTTER_PX);
  const width = useWidth(frame);
  const list = useVirtualizer({
    count: rows.length,
    getScrollElement: () => frame.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 12,
  });
  if (!state.run) return null;
  const picture = waterfall(state.run, rows, state.steps, state.approvals, now);
  // Where one step follows another, all of them decided the length: there is no path to point out.
  const hasPath = picture.bars.some((bar) => !bar.isCritical);

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys of the whole tab; each has its button too
    <div
      className="flex h-full min-h-0 flex-col"
      style={{ "--waterfall-gutter": `${GUTTER_PX}px` } as CSSProperties}
      onKeyDown={zoom.onKeyDown}
    >
      <div className="flex items-start gap-4 border-b border-line px-4 py-3">
        <TimeSplitBar run={state.run} steps={state.steps} approvals={state.approvals} now={now} />
        <div className="-my-1 flex items-center">
          {hasPath && (
            <ToolButton label="Critical path" icon={Spline} isPressed={showsPath} onClick={() => setShowsPath(!showsPath)} />
          )}
          <ToolButton label="Zoom out" shortcut="−" icon={Minus} onClick={() => zoom.by(1 / ZOOM)} />
          <ToolButton label="Zoom in" shortcut="+" icon={Plus} onClick={() => zoom.by(ZOOM)} />
          <ToolButton label="Whole run" shortcut="0" icon={RotateCcw} onClick={zoom.reset} />
        </div>
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset is for the parts of a form */}
      <div
        ref={frame}
        role="group"
        aria-label="Waterfall; plus, minus and zero zoom"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        className="relative min-h-0 flex-1 overflow-auto"
      >
        <div
          className="relative min-h-full min-w-full"
          style={{ width: `${zoom.scale * 100}%`, height: list.getTotalSize() + RULER_HEIGHT }}
        >
          <WaterfallRuler
            axis={picture.axis}
            queued={picture.queued}
            width={Math.max(1, width * zoom.scale - GUTTER_PX)}
            playhead={playhead}
            onRange={zoom.to}
          />
          <ul className="absolute inset-x-0 top-9">
            {list.getVirtualItems().map((item) => {
              const bar = picture.bars[item.index];
              return bar ? (
                <WaterfallRow
                  key={bar.step.id}
                  bar={bar}
                  top={item.start}
                  height={ROW_HEIGHT}
                  isAhead={playhead?.instant !== undefined && Date.parse(bar.step.started_at) > playhead.instant}
                  isSelected={bar.step.id === selected}
                  isOnPath={hasPath && showsPath && bar.isCritical}
                  onSelect={onSelect}
                />
              ) : null;
            })}
          </ul>
        </div>
      </div>
    </div>
  );
}
