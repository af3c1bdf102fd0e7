/** Looking at a large drawing: where it lies and how big it is drawn. Pure; the component keeps it out of React's state. */

export interface Viewport {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Box extends Size {
  readonly x: number;
  readonly y: number;
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

/**
 * The whole drawing in the frame, but never larger than life; where that would be smaller than `smallest`, the drawing at
 * that scale with its root in sight: at the side from which it grows, in the middle of the other.
 */
export function framed(drawing: Size, frame: Size, smallest: number, root: Box): Viewport {
  const room = { width: frame.width - 2 * PADDING, height: frame.height - 2 * PADDING };
  const whole = Math.min(1, room.width / Math.max(1, drawing.width), room.height / Math.max(1, drawing.height));
  const scale = clamp(Math.max(whole, smallest), MIN_SCALE, MAX_SCALE);
  const along = (length: number, space: number, from: number, size: number) => {
    if (length * scale <= space - 2 * PADDING) return (space - length * scale) / 2;
    // The root stands at an edge of the drawing in the direction of growth, and somewhere inside it in the other.
    return from <= 0 ? PADDING : space / 2 - (from + size / 2) * scale;
  };
  return {
    scale,
    x: along(drawing.width, frame.width, root.x, root.width),
    y: along(drawing.height, frame.height, root.y, root.height),
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
