import { useEffect, useRef, useState } from "react";
import type { RunState } from "../live/fold";
import type { RunSearch } from "../view/run-search";
import type { RunViewProps } from "../view/run-view-props";
import { instantAt, place, type TimeAxis } from "../waterfall/time-axis";
import { axisOf } from "../waterfall/waterfall";
import { momentsOf } from "./state-at";

export const SPEEDS = [0.25, 1, 4, 16] as const;
const TICK_MS = 60;
const SETTLED_MS = 250;

export interface Playhead {
  readonly axis: TimeAxis;
  /** The instant that is shown; undefined is the whole run. */
  readonly instant: number | undefined;
  readonly isPlaying: boolean;
  readonly speed: number;
  readonly setSpeed: (speed: number) => void;
  readonly toggle: () => void;
  readonly seek: (instant: number | undefined) => void;
  /** To the next or the previous moment at which something happened. */
  readonly step: (direction: 1 | -1) => void;
}

/** The one moment that every view of an ended run shows; it stands in the address, in milliseconds from the run's creation. */
export function usePlayhead(
  state: RunState,
  isOver: boolean,
  search: RunSearch,
  onSearch: RunViewProps["onSearch"],
): Playhead | null {
  // Where it is while it moves; the address follows when it rests.
  const [moving, setMoving] = useState<number | null>(null);
  const [isPlaying, setPlaying] = useState(false);
  const [speed, setSpeed] = useState<number>(1);
  const put = useRef(onSearch);
  put.current = onSearch;
  const { run } = state;
  const created = run ? Date.parse(run.created_at) : 0;
  const axis =
    run && isOver ? axisOf(run, state.steps, state.approvals, Date.parse(run.completed_at ?? run.created_at)) : null;
  const from = axis?.from ?? 0;
  const settled = search.at === undefined ? undefined : created + search.at;
  const instant = moving ?? settled;
  const drawn = useRef({ axis, instant });
  drawn.current = { axis, instant };

  useEffect(() => {
    if (moving === null || isPlaying) return;
    const timer = setTimeout(() => {
      put.current({ at: Math.round(moving - created) });
      setMoving(null);
    }, SETTLED_MS);
    return () => clearTimeout(timer);
  }, [moving, isPlaying, created]);

  useEffect(() => {
    if (!isPlaying) return;
    const timer = setInterval(() => {
      const { axis: now, instant: at } = drawn.current;
      if (!now) return;
      const next = instantAt(now, place(now, at ?? now.from) + (TICK_MS * speed) / lengthOf(now));
      if (next >= now.to) {
        setPlaying(false);
        setMoving(null);
        put.current({ at: undefined });
      } else setMoving(next);
    }, TICK_MS);
    return () => clearInterval(timer);
  }, [isPlaying, speed]);

  if (!axis) return null;
  const seek = (to: number | undefined) => {
    setPlaying(false);
    if (to === undefined || to >= axis.to) {
      setMoving(null);
      onSearch({ at: undefined });
    } else setMoving(Math.max(from, to));
  };
  return {
    axis,
    instant,
    isPlaying,
    speed,
    setSpeed,
    seek,
    toggle: () => {
      if (!isPlaying && instant === undefined) setMoving(axis.from);
      setPlaying(!isPlaying);
    },
    step: (direction) => {
      const moments = momentsOf(state);
      const at = instant ?? axis.to;
      seek(direction > 0 ? moments.find((one) => one > at) : (moments.findLast((one) => one < at) ?? axis.from));
    },
  };
}

/** How long the axis plays at the speed of time: its idle stretches are passed in no more time than they take room. */
function lengthOf(axis: TimeAxis): number {
  const shown = axis.segments.filter((segment) => !segment.folded);
  const share = shown.reduce((sum, segment) => sum + segment.share, 0) || 1;
  return Math.max(1, shown.reduce((sum, segment) => sum + segment.to - segment.from, 0) / share);
}
