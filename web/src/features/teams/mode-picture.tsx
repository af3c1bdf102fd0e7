import { cx } from "@/lib/cx";
import { modeOf } from "./modes";

interface Props {
  type: string;
  names: readonly string[];
  className?: string;
}

const MOST = 6;
const WIDTH = 360;
const HEIGHT = 168;
const BOX = { width: 96, height: 26 };

interface Place {
  x: number;
  y: number;
}

/** What a mode does, drawn with the members: who asks whom, and where the answer comes from. */
export function ModePicture({ type, names, className }: Props) {
  const shown = names.length > MOST ? [...names.slice(0, MOST - 1), `${names.length - MOST + 1} more`] : names;
  const labels = shown.length === 0 ? ["Member", "Member"] : shown;
  const places = type === "collaborate" ? ring(labels.length) : type === "tasks" ? chain(labels.length) : row(labels.length);
  const leader: Place =
    type === "tasks" ? { x: WIDTH / 2, y: 24 } : type === "collaborate" ? middle() : { x: WIDTH / 2, y: 28 };
  return (
    <svg
      role="img"
      aria-label={`${modeOf(type).label}: ${modeOf(type).how}`}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      className={cx("h-auto w-full", className)}
    >
      {type === "tasks"
        ? places.slice(1).map((place, index) => <Line key={`${place.x}`} from={places[index] as Place} to={place} isArrow />)
        : places.map((place) => <Line key={`${place.x} ${place.y}`} from={leader} to={place} isArrow={type === "route"} />)}
      {type === "tasks" && <Line from={leader} to={places[0] as Place} isArrow={false} />}
      {type === "coordinate" &&
        places.map((place) => (
          <Line key={`back ${place.x}`} from={{ ...place, x: place.x + 9 }} to={{ ...leader, x: leader.x + 9 }} isDashed />
        ))}
      <Box place={leader} label="Leader" isLeader />
      {places.map((place, index) => (
        <Box key={`${place.x} ${place.y}`} place={place} label={labels[index] ?? ""} />
      ))}
    </svg>
  );
}

function middle(): Place {
  return { x: WIDTH / 2, y: HEIGHT / 2 };
}

function row(count: number): Place[] {
  const lines = count > 3 ? 2 : 1;
  const inLine = Math.ceil(count / lines);
  return Array.from({ length: count }, (_, index) => {
    const line = Math.floor(index / inLine);
    const those = Math.min(inLine, count - line * inLine);
    const step = WIDTH / those;
    return { x: step * ((index % inLine) + 0.5), y: lines === 1 ? 128 : 98 + line * 46 };
  });
}

function ring(count: number): Place[] {
  return Array.from({ length: count }, (_, index) => {
    const angle = (index / count) * 2 * Math.PI - Math.PI / 2 + (count === 2 ? Math.PI / 2 : 0);
    return { x: WIDTH / 2 + Math.cos(angle) * 122, y: HEIGHT / 2 + Math.sin(angle) * 64 };
  });
}

function chain(count: number): Place[] {
  const step = WIDTH / Math.max(1, Math.min(count, 3));
  return Array.from({ length: count }, (_, index) => ({
    x: step * ((index % 3) + 0.5),
    y: count > 3 ? 92 + Math.floor(index / 3) * 48 : 116,
  }));
}

function Line({ from, to, isArrow, isDashed }: { from: Place; to: Place; isArrow?: boolean; isDashed?: boolean }) {
  const end = { x: from.x + (to.x - from.x) * 0.8, y: from.y + (to.y - from.y) * 0.8 };
  const angle = Math.atan2(end.y - from.y, end.x - from.x);
  const wing = (turn: number) => `${end.x - 7 * Math.cos(angle + turn)},${end.y - 7 * Math.sin(angle + turn)}`;
  return (
    <g className="text-faint">
      <line
        x1={from.x}
        y1={from.y}
        x2={isArrow ? end.x : to.x}
        y2={isArrow ? end.y : to.y}
        stroke="currentColor"
        strokeWidth={1.4}
        strokeDasharray={isDashed ? "3 4" : undefined}
        opacity={isDashed ? 0.7 : 1}
      />
      {isArrow && <polygon points={`${end.x},${end.y} ${wing(0.5)} ${wing(-0.5)}`} fill="currentColor" />}
    </g>
  );
}

function Box({ place, label, isLeader = false }: { place: Place; label: string; isLeader?: boolean }) {
  const text = label.length > 14 ? `${label.slice(0, 13)}…` : label;
  return (
    <g>
      <rect
        x={place.x - BOX.width / 2}
        y={place.y - BOX.height / 2}
        width={BOX.width}
        height={BOX.height}
        rx={7}
        className={isLeader ? "fill-accent-soft stroke-accent" : "fill-surface stroke-line-strong"}
        strokeWidth={1.2}
      />
      <text
        x={place.x}
        y={place.y + 4}
        textAnchor="middle"
        className={cx("text-[11px]", isLeader ? "fill-accent-text font-semibold" : "fill-fg")}
      >
        {text}
      </text>
    </g>
  );
}
