import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { instantAt, place, subtract, ticks, timeAxis, union } from "./time-axis";

const span = fc.tuple(fc.nat(100_000), fc.nat(20_000)).map(([from, length]) => ({ from, to: from + length }));
const spans = fc.array(span, { minLength: 1, maxLength: 12 });

describe("spans", () => {
  test("a union has no overlaps and covers the same instants", () => {
    fc.assert(
      fc.property(spans, fc.nat(120_000), (list, instant) => {
        const merged = union(list);
        const covers = (some: typeof list) => some.some((s) => s.from <= instant && instant <= s.to);
        expect(covers(merged)).toBe(covers(list));
        for (const [i, s] of merged.slice(1).entries()) expect(s.from).toBeGreaterThan(merged[i]?.to ?? 0);
      }),
    );
  });

  test("what is cut out is gone and nothing else", () => {
    expect(
      subtract(
        [{ from: 0, to: 10 }],
        [
          { from: 3, to: 4 },
          { from: 8, to: 20 },
        ],
      ),
    ).toEqual([
      { from: 0, to: 3 },
      { from: 4, to: 8 },
    ]);
  });
});

describe("the axis", () => {
  test("runs from 0 to 1, in order, and back again", () => {
    fc.assert(
      fc.property(spans, fc.double({ min: 0, max: 1, noNaN: true }), (busy, at) => {
        const axis = timeAxis(busy, { from: 0, to: 150_000 });
        expect(axis.segments.reduce((sum, s) => sum + s.share, 0)).toBeCloseTo(1);
        expect(place(axis, axis.from)).toBe(0);
        expect(place(axis, axis.to)).toBeCloseTo(1);
        expect(place(axis, instantAt(axis, at))).toBeCloseTo(at, 5);
      }),
    );
  });

  test("folds four idle minutes between two seconds of work", () => {
    const axis = timeAxis(
      [
        { from: 0, to: 1000 },
        { from: 241_000, to: 242_000 },
      ],
      { from: 0, to: 242_000 },
    );
    const folded = axis.segments.filter((s) => s.folded);

    expect(folded).toHaveLength(1);
    expect(folded[0]?.to).toBe(241_000);
    expect(place(axis, 1000)).toBeGreaterThan(0.4);
  });

  test("keeps a gap that is short beside the work", () => {
    const axis = timeAxis(
      [
        { from: 0, to: 20_000 },
        { from: 24_000, to: 50_000 },
      ],
      { from: 0, to: 50_000 },
    );
    expect(axis.segments.some((s) => s.folded)).toBe(false);
  });

  test("marks are round, in order and never inside a fold", () => {
    const axis = timeAxis(
      [
        { from: 0, to: 1000 },
        { from: 241_000, to: 242_000 },
      ],
      { from: 0, to: 242_000 },
    );
    const marks = ticks(axis, 8);

    expect(marks.length).toBeGreaterThan(3);
    expect(marks.every((tick) => tick.offset_ms <= 1000 || tick.offset_ms >= 241_000)).toBe(true);
    expect(marks.map((tick) => tick.at)).toEqual([...marks.map((tick) => tick.at)].sort((a, b) => a - b));
  });

  test("a run that took no time still has an axis", () => {
    const axis = timeAxis([], { from: 5, to: 5 });
    expect(place(axis, 5)).toBe(0);
    expect(ticks(axis, 5).length).toBeGreaterThan(0);
  });
});
