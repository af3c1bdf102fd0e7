import { useState } from "react";
import { parseJson, stringifyJson } from "./exact-json";

/** A choice kept in this browser; what cannot be read is the initial one. */
export function useStored<T>(
  key: string,
  initial: T,
  isFine: (value: unknown) => value is T,
): readonly [T, (value: T) => void] {
  const [value, setValue] = useState<T>(() => {
    try {
      const stored: unknown = parseJson(localStorage.getItem(key) ?? "null");
      return isFine(stored) ? stored : initial;
    } catch {
      return initial;
    }
  });
  return [
    value,
    (next) => {
      setValue(next);
      localStorage.setItem(key, stringifyJson(next));
    },
  ];
}
