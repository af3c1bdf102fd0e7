import { useRouter } from "@tanstack/react-router";
import { useEffect } from "react";

const WAIT_MS = 4000;

/** Loads the code of every page once nothing else is going on, so that they open while the API is away. */
export function usePreloadedPages(): void {
  const router = useRouter();
  useEffect(() => {
    let isOver = false;
    const timer = setTimeout(async () => {
      for (const route of Object.values(router.routesById)) {
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
