import { useState } from "react";

/** A zone's width, kept in this browser. */
export function useStoredWidth(name: string, initial: number): readonly [number, (width: number) => void] {
  const key = `retinue.width.${name}`;
  const [width, setWidth] = useState(() => {
    const stored = Number(localStorage.getItem(key));
    return Number.isFinite(stored) && stored > 0 ? stored : initial;
  });
  return [
    width,
    (next) => {
      setWidth(next);
      localStorage.setItem(key, String(next));
    },
  ];
}
