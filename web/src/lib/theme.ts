/** The reader's choice of light, dark or the system's; `public/theme.js` applies it before the first paint. */
import { useSyncExternalStore } from "react";

export type Theme = "light" | "dark" | "system";

const KEY = "retinue.theme";
const readers = new Set<() => void>();

export function readTheme(): Theme {
  try {
    const choice = localStorage.getItem(KEY);
    return choice === "light" || choice === "dark" ? choice : "system";
  } catch {
    // Storage may be closed to the page; then the system's choice holds.
    return "system";
  }
}

function apply(theme: Theme): void {
  const isDark = theme === "dark" || (theme === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = isDark ? "dark" : "light";
  for (const reader of readers) reader();
}

export function chooseTheme(theme: Theme): void {
  try {
    if (theme === "system") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, theme);
  } catch {
    // The choice then holds until the page is left.
  }
  apply(theme);
}

function subscribe(reader: () => void): () => void {
  const media = matchMedia("(prefers-color-scheme: dark)");
  const follow = () => apply(readTheme());
  readers.add(reader);
  media.addEventListener("change", follow);
  return () => {
    readers.delete(reader);
    media.removeEventListener("change", follow);
  };
}

export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, readTheme, () => "system");
}
