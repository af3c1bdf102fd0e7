/** How a figure changed from the window before to this one. */
import type { DashboardFigure } from "@/api/types";

export interface Change {
  /** Such as "+25%" or "−2.5 points". */
  text: string;
  direction: "up" | "down" | "same";
}

/** The change in percent of the value before; null when one of both is missing, or there was nothing before. */
export function relativeChange(value: number | null, previous: number | null): Change | null {
  if (value === null || previous === null || previous === 0) return null;
  const percent = ((value - previous) / previous) * 100;
  return change(percent, `${figure(Math.abs(percent))}%`);
}

/** The difference of two percentages, in points. */
export function pointChange(value: number | null, previous: number | null): Change | null {
  if (value === null || previous === null) return null;
  const points = value - previous;
  return change(points, `${figure(Math.abs(points))} points`);
}

/** A decimal as a number; null stays null. */
export function numberOf(text: string | null): number | null {
  return text === null ? null : Number(text);
}

/** The values of a line; where there are none, it lies on the ground. */
export function lineOf(series: DashboardFigure["series"]): number[] {
  return series.map((value) => numberOf(value) ?? 0);
}

export function percent(value: number): string {
  return `${figure(value)}%`;
}

function figure(value: number): string {
  return value >= 10 ? Math.round(value).toLocaleString("en-US") : value.toFixed(1).replace(/\.0$/, "");
}

function change(difference: number, amount: string): Change {
  if (Math.abs(difference) < 0.05) return { text: "No change", direction: "same" };
  return difference > 0 ? { text: `+${amount}`, direction: "up" } : { text: `−${amount}`, direction: "down" };
}
