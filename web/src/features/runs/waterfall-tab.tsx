import { useVirtualizer } from "@tanstack/react-virtual";
import { Minus, Plus, RotateCcw } from "lucide-react";
import { useRef, useState } from "react";
import { Button } from "@/components/ui/button";
import type { RunState } from "./fold";
import type { TreeRow } from "./step-tree-rows";
import { TimeSplitBar } from "./time-split-bar";
import { ToolButton } from "./tool-button";
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
}

const ROW_HEIGHT = 34;

/** One bar a step on a common time axis: the shape of the run at a glance. */
export function WaterfallTab({ state, rows, selected, now, onSelect }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const [showsPath, setShowsPath] = useState(true);
  const zoom = useZoom(frame);
  const list = useVirtualizer({ count: rows.length, getScrollElement: () => frame.current, estimateSize: () => ROW_HEIGHT, overscan: 12 });
  if (!state.run) return null;
  const picture = waterfall(state.run, rows, state.steps, state.approvals, now);

  return (
    <div className="flex h-full min-h-0 flex-col" onKeyDown={zoom.onKeyDown}>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-line px-4 py-2.5">
        <TimeSplitBar run={state.run} steps={state.steps} approvals={state.approvals} now={now} />
        <div className="ml-auto flex items-center gap-1">
          <Button variant="ghost" size="sm" aria-pressed={showsPath} onClick={() => setShowsPath(!showsPath)}>
            <span aria-hidden="true" className="h-0.5 w-4 rounded bg-fg" /> Critical path
          </Button>
          <ToolButton label="Zoom out" shortcut="−" icon={Minus} onClick={() => zoom.by(1 / 1.5)} />
          <ToolButton label="Zoom in" shortcut="+" icon={Plus} onClick={() => zoom.by(1.5)} />
          <ToolButton label="Whole run" shortcut="0" icon={RotateCcw} onClick={zoom.reset} />
        </div>
      </div>
      <div
        ref={frame}
        role="group"
        aria-label="Waterfall; plus, minus and zero zoom"
        tabIndex={0}
        className="relative min-h-0 flex-1 overflow-auto"
      >
        <div className="relative min-w-full" style={{ width: `${zoom.scale * 100}%`, height: list.getTotalSize() + 36 }}>
          <WaterfallRuler axis={picture.axis} queued={picture.queued} scale={zoom.scale} onRange={zoom.to} />
          <ul className="absolute inset-x-0 top-9">
            {list.getVirtualItems().map((item) => {
              const bar = picture.bars[item.index];
              return bar ? (
                <WaterfallRow
                  key={bar.step.id}
                  bar={bar}
                  top={item.start}
                  height={ROW_HEIGHT}
                  isSelected={bar.step.id === selected}
                  isOnPath={showsPath && bar.isCritical}
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
