import { expect, test } from "vitest";
import { framed, MAX_SCALE, reveal, zoomAt } from "./viewport";

const ROOT = { x: 0, y: 0, width: 10, height: 10 };
const FRAME = { width: 800, height: 600 };

test("zooming keeps the point under the pointer where it is", () => {
  const before = { x: 10, y: 20, scale: 1 };
  const after = zoomAt(before, 1.5, 300, 200);
  expect((300 - after.x) / after.scale).toBeCloseTo((300 - before.x) / before.scale);
  expect(zoomAt(before, 100, 0, 0).scale).toBe(MAX_SCALE);
});

test("a small drawing is centred and not blown up, a big one is shrunk", () => {
  expect(framed({ width: 200, height: 100 }, FRAME, 0.5, ROOT)).toEqual({ scale: 1, x: 300, y: 250 });
  expect(framed({ width: 1472, height: 100 }, FRAME, 0.2, ROOT).scale).toBeCloseTo(0.5);
});

test("a drawing that would be too small to read shows its root", () => {
  expect(framed({ width: 20_000, height: 9000 }, FRAME, 0.5, { x: 0, y: 4000, width: 200, height: 100 })).toEqual({
    scale: 0.5,
    x: 32,
    y: -1725,
  });
});

test("what is in sight already does not move the view", () => {
  const view = { x: 0, y: 0, scale: 1 };
  expect(reveal(view, { x: 100, y: 100, width: 50, height: 50 }, FRAME)).toBe(view);
  expect(reveal(view, { x: 900, y: 100, width: 50, height: 50 }, FRAME)).toEqual({ x: -182, y: 0, scale: 1 });
});
