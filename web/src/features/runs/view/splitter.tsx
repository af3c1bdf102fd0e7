import { type KeyboardEvent, type PointerEvent, useRef } from "react";
import { clamp } from "../waterfall/viewport";

interface Props {
  readonly label: string;
  readonly width: number;
  readonly least: number;
  readonly most: number;
  /** On which side of the splitter the zone lies that it sizes. */
  readonly zone: "left" | "right";
  readonly onWidth: (width: number) => void;
}

const KEY_STEP = 24;

/** The line between two zones: dragged, or moved with the arrow keys. */
export function Splitter({ label, width, least, most, zone, onWidth }: Props) {
  const origin = useRef<{ x: number; width: number } | null>(null);
  const sign = zone === "left" ? 1 : -1;
  const set = (next: number) => onWidth(clamp(Math.round(next), least, most));

  const start = (event: PointerEvent<HTMLDivElement>) => {
    origin.current = { x: event.clientX, width };
    event.currentTarget.setPointerCapture(event.pointerId);
  };
  const move = (event: PointerEvent<HTMLDivElement>) => {
    if (origin.current) set(origin.current.width + sign * (event.clientX - origin.current.x));
  };
  const end = () => {
    origin.current = null;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowLeft: -KEY_STEP, ArrowRight: KEY_STEP }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    set(width + sign * step);
  };

  return (
    // biome-ignore lint/a11y/useSemanticElements: a rule cannot be moved
    <div
      role="separator"
      aria-orientation="vertical"
      aria-label={label}
      aria-valuenow={width}
      aria-valuemin={least}
      aria-valuemax={most}
      tabIndex={0}
      className="relative z-10 -mx-1 w-2 shrink-0 cursor-col-resize touch-none before:absolute before:inset-y-0 before:left-1/2 before:w-px before:bg-line hover:before:w-0.5 hover:before:bg-accent"
      onPointerDown={start}
      onPointerMove={move}
      onPointerUp={end}
      onPointerCancel={end}
      onKeyDown={onKeyDown}
    />
  );
}
