import { useState } from "react";
import type { NavigationGroup } from "./navigation";

const KEY = "retinue.rail.closed";

function closedGroups(): string[] {
  return (localStorage.getItem(KEY) ?? "").split(",").filter(Boolean);
}

/** The groups of the rail that the reader has closed, and how to open or close one; remembered per browser. */
export function useClosedGroups(): [ReadonlySet<string>, (group: NavigationGroup) => void] {
  const [closed, setClosed] = useState(closedGroups);
  function toggle(group: NavigationGroup): void {
    const next = closed.includes(group) ? closed.filter((each) => each !== group) : [...closed, group];
    localStorage.setItem(KEY, next.join(","));
    setClosed(next);
  }
  return [new Set(closed), toggle];
}
