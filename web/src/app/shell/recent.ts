import { parseJson, stringifyJson } from "@/lib/exact-json";
/** The objects a person looked at last, for the palette; kept in the browser, per organization of the tab. */

export interface RecentObject {
  to: string;
  name: string;
}

const KEY = "retinue.recent";
const MOST = 6;

function storageKey(): string {
  return `${KEY}.${sessionStorage.getItem("retinue.organization") ?? ""}`;
}

export function recentObjects(): RecentObject[] {
  try {
    const stored: unknown = parseJson(localStorage.getItem(storageKey()) ?? "[]");
    return Array.isArray(stored) ? (stored as RecentObject[]).slice(0, MOST) : [];
  } catch {
    // Unreadable storage is as good as none.
    return [];
  }
}

export function remember(object: RecentObject): void {
  const others = recentObjects().filter((other) => other.to !== object.to);
  try {
    localStorage.setItem(storageKey(), stringifyJson([object, ...others].slice(0, MOST)));
  } catch {
    // A closed storage costs the palette its memory and nothing else.
  }
}
