import { ArrowDown, ArrowRight, BrainCircuit, LocateFixed, Maximize, Minus, PanelLeft, Plus } from "lucide-react";
import { type KeyboardEvent, type RefObject, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { Thought } from "@/api/types";
import { EmptyState } from "@/components/ui/empty-state";
import { cx } from "@/lib/cx";
import { ToolButton } from "../tool-button";
import { closedBeyond, type Direction, mindMap } from "./mind-map";
import { type CanvasHandle, MindMapCanvas } from "./mind-map-canvas";
import { ThoughtDetail } from "./thought-detail";
import { ThoughtOutline } from "./thought-outline";
import { sizeOf } from "./thought-shape";

interface Props {
  readonly thoughts: readonly Thought[];
  readonly isLive: boolean;
  readonly selected: string | undefined;
  readonly onSelect: (nodeId: string) => void;
}

const ZOOM = 1.3;
/** A map of fewer thoughts says little about which way it will grow. */
const ENOUGH_TO_TELL = 3;

/** The thoughts of a run as a map, and the same as an outline beside it. */
export function MindMapTab({ thoughts, isLive, selected, onSelect }: Props) {
  const canvas = useRef<CanvasHandle>(null);
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const frame = useRef<HTMLDivElement>(null);
  const [direction, setDirection] = useDirection(frame, thoughts);
  const [isFollowing, setFollowing] = useState(false);
  const [hasOutline, setOutline] = useState(true);
  const [text, setText] = useState("");
  const map = useMemo(
    () => mindMap(thoughts, { closed, direction, measure: (thought) => sizeOf(thought.content) }),
    [thoughts, closed, direction],
  );
  const hits = useMemo(() => hitsOf(thoughts, text), [thoughts, text]);
  const newest = thoughts.at(-1)?.node_id;
  const chosen = thoughts.find((thought) => thought.node_id === selected);

  useEffect(() => {
    const node = isFollowing ? map.nodes.find((one) => one.thought.node_id === newest) : undefined;
    if (node) canvas.current?.reveal(node);
  }, [isFollowing, newest, map]);

  const toggle = (nodeId: string) => {
    const next = new Set(closed);
    if (!next.delete(nodeId)) next.add(nodeId);
    setClosed(next);
  };
  const fromOutline = (nodeId: string) => {
    onSelect(nodeId);
    const node = map.nodes.find((one) => one.thought.node_id === nodeId);
    if (node) canvas.current?.reveal(node);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target instanceof HTMLInputElement || event.ctrlKey || event.metaKey || event.altKey) return;
    if (/^[1-9]$/.test(event.key)) setClosed(closedBeyond(thoughts, Number(event.key)));
    else if (event.key === "+" || event.key === "=") canvas.current?.zoomBy(ZOOM);
    else if (event.key === "-") canvas.current?.zoomBy(1 / ZOOM);
    else if (event.key === "0") canvas.current?.fit();
    else return;
    event.preventDefault();
  };

  if (thoughts.length === 0) {
    return (
      <EmptyState icon={BrainCircuit} title={isLive ? "No thoughts yet" : "This run has no thoughts"}>
        Model calls and tool calls add thoughts here.
      </EmptyState>
    );
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys of the whole tab; everything in it is reachable by itself
    <div className="@container h-full min-h-0" onKeyDown={onKeyDown}>
      <div className="flex h-full min-h-0 flex-col @2xl:flex-row">
        <div
          className={cx(
            "flex h-2/5 min-h-0 shrink-0 flex-col border-line border-b",
            "@2xl:h-auto @2xl:w-64 @2xl:border-r @2xl:border-b-0",
            !hasOutline && "hidden",
          )}
        >
          <ThoughtOutline
            thoughts={thoughts}
            closed={closed}
            selected={selected}
            text={text}
            hits={hits}
            onText={setText}
            onSelect={fromOutline}
            onToggle={toggle}
          />
        </div>
        <div ref={frame} className="relative min-h-0 min-w-0 flex-1">
          <MindMapCanvas
            map={map}
            direction={direction}
            selected={selected}
            hits={hits}
            onSelect={onSelect}
            onToggle={toggle}
            handle={canvas}
          />
          <div className="absolute top-2 left-2 flex items-center gap-0.5 rounded-lg border border-line bg-raised p-0.5 shadow-card">
            <ToolButton label="Outline" icon={PanelLeft} isPressed={hasOutline} onClick={() => setOutline(!hasOutline)} />
            <ToolButton label="Zoom out" shortcut="−" icon={Minus} onClick={() => canvas.current?.zoomBy(1 / ZOOM)} />
            <ToolButton label="Zoom in" shortcut="+" icon={Plus} onClick={() => canvas.current?.zoomBy(ZOOM)} />
            <ToolButton label="Whole map" shortcut="0" icon={Maximize} onClick={() => canvas.current?.fit()} />
            <ToolButton
              label={direction === "right" ? "Grow downwards" : "Grow to the right"}
              icon={direction === "right" ? ArrowDown : ArrowRight}
              onClick={() => setDirection(direction === "right" ? "down" : "right")}
            />
            {isLive && (
              <ToolButton
                label="Follow new thoughts"
                icon={LocateFixed}
                isPressed={isFollowing}
                onClick={() => setFollowing(!isFollowing)}
              />
            )}
          </div>
          {chosen && <ThoughtDetail thought={chosen} />}
        </div>
      </div>
    </div>
  );
}

/** At first the direction in which the map is drawn larger; then the reader's. */
function useDirection(frame: RefObject<HTMLElement | null>, thoughts: readonly Thought[]) {
  const [direction, setDirection] = useState<Direction | null>(null);
  useLayoutEffect(() => {
    const room = frame.current?.getBoundingClientRect();
    if (direction !== null || !room || thoughts.length < ENOUGH_TO_TELL) return;
    const scaleOf = (way: Direction) => {
      const drawn = mindMap(thoughts, { closed: new Set(), direction: way, measure: (thought) => sizeOf(thought.content) });
      return Math.min(1, room.width / drawn.width, room.height / drawn.height);
    };
    setDirection(scaleOf("right") >= scaleOf("down") ? "right" : "down");
  }, [direction, thoughts, frame]);
  return [direction ?? "down", setDirection] as const;
}

function hitsOf(thoughts: readonly Thought[], text: string): ReadonlySet<string> | null {
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return null;
  return new Set(
    thoughts.filter((thought) => thought.content.toLowerCase().includes(wanted)).map((thought) => thought.node_id),
  );
}
