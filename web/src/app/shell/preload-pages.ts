import { useRouter } from "@tanstack/react-router";
import { useEffect } from "react";

const WAIT_MS = 8000;
const LONGEST_MS = 1000;

/** When the browser has nothing else to do, or at last when it was busy for a while. */
function idle(): Promise<void> {
  return new Promise((resolve) => {
    // Safari has none.
    if (typeof requestIdleCallback === "undefined") setTimeout(resolve, 50);
    else requestIdleCallback(() => resolve(), { timeout: LONGEST_MS });
  });
}

/** Loads the code of every page once nothing else is going on, one by one, so that they open while the API is away. */
export function usePreloadedPages(): void {
  const router = useRouter();
  useEffect(() => {
    let isOver = false;
    const timer = setTimeout(async () => {
      for (const route of Object.values(router.routesById)) {
        await idle();
        if (isOver) return;
        // What cannot be loaded now is loaded when it is opened.
        await router.loadRouteChunk(route)?.catch(() => undefined);
      }
    }, WAIT_MS);
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [router]);
}
