/** Looking at a large drawing: where it lies and how big it is drawn. Pure; the component keeps it out of React's state. */

export interface Viewport {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export const MIN_SCALE = 0.1;
export const MAX_SCALE = 2.5;
const PADDING = 32;

export function zoomAt(view: Viewport, factor: number, x: number, y: number): Viewport {
  const scale = clamp(view.scale * factor, MIN_SCALE, MAX_SCALE);
  const ratio = scale / view.scale;
  return { scale, x: x - (x - view.x) * ratio, y: y - (y - view.y) * ratio };
}

export function panned(view: Viewport, dx: number, dy: number): Viewport {
  return { ...view, x: view.x + dx, y: view.y + dy };
}

/** The whole drawing in the frame, but never larger than life; where it is too big to read, its beginning. */
export function fit(drawing: { width: number; height: number }, frame: { width: number; height: number }, smallest: number): Viewport {
  const room = { width: frame.width - 2 * PADDING, height: frame.height - 2 * PADDING };
  const whole = Math.min(1, room.width / Math.max(1, drawing.width), room.height / Math.max(1, drawing.height));
  const scale = clamp(Math.max(whole, smallest), MIN_SCALE, MAX_SCALE);
  const width = drawing.width * scale;
  const height = drawing.height * scale;
  return {
    scale,
    x: width <= room.width ? (frame.width - width) / 2 : PADDING,
    y: height <= room.height || whole >= smallest ? (frame.height - height) / 2 : Math.min(PADDING, (frame.height - height) / 2),
  };
}

/** The view moved just so far that the box is inside the frame; unchanged when it is there already. */
export function reveal(view: Viewport, box: Box, frame: { width: number; height: number }): Viewport {
  const shift = (from: number, length: number, room: number) => {
    if (from < PADDING) return PADDING - from;
    if (from + length > room - PADDING) return Math.max(PADDING - from, room - PADDING - from - length);
    return 0;
  };
  const dx = shift(box.x * view.scale + view.x, box.width * view.scale, frame.width);
  const dy = shift(box.y * view.scale + view.y, box.height * view.scale, frame.height);
  return dx === 0 && dy === 0 ? view : panned(view, dx, dy);
}

export function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
