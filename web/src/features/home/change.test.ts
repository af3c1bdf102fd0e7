import { describe, expect, it } from "vitest";
import { lineOf, percent, pointChange, relativeChange } from "./change";

describe("changes between windows", () => {
  it("are percentages of what was before", () => {
    expect(relativeChange(5, 4)).toEqual({ text: "+25%", direction: "up" });
    expect(relativeChange(1, 3)).toEqual({ text: "−67%", direction: "down" });
    expect(relativeChange(4, 4)).toEqual({ text: "No change", direction: "same" });
  });

  it("are unknown where nothing was before", () => {
    expect(relativeChange(5, 0)).toBeNull();
    expect(relativeChange(5, null)).toBeNull();
    expect(pointChange(null, 5)).toBeNull();
  });

  it("are points for rates, from zero too", () => {
    expect(pointChange(2.5, 0)).toEqual({ text: "+2.5 points", direction: "up" });
    expect(pointChange(50, 75)).toEqual({ text: "−25 points", direction: "down" });
  });

  it("draw missing values on the ground", () => {
    expect(lineOf(["1.5", null, "2"])).toEqual([1.5, 0, 2]);
    expect(percent(33.333)).toBe("33%");
  });
});
