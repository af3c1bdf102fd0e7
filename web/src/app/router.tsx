import type { QueryClient } from "@tanstack/react-query";
import { createRouter, type ErrorComponentProps, useRouter } from "@tanstack/react-router";
import { ErrorState } from "@/components/ui/error-state";
import { SkeletonRows } from "@/components/ui/skeleton";
import { NotFound } from "./not-found";
import { routeTree } from "./route-tree.gen";

export function makeRouter(queryClient: QueryClient) {
  return createRouter({
    routeTree,
    context: { queryClient },
    defaultPreload: "intent",
    defaultPreloadStaleTime: 0,
    scrollRestoration: true,
    defaultPendingMs: 300,
    defaultPendingComponent: () => <SkeletonRows />,
    defaultErrorComponent: RouteError,
    defaultNotFoundComponent: NotFound,
  });
}

const NO_MODULE = /dynamically imported module|Importing a module script failed/;

/** The router would reload the whole console when a page's code cannot be loaded; while the API is away, nothing would be left. */
function keepTheConsole(event: VitePreloadErrorEvent): void {
  sessionStorage.setItem(`tanstack_router_reload:${event.payload.message}`, "1");
}
window.addEventListener("vite:preloadError", keepTheConsole);

/** What a page's guard or loader could not read; trying again reads it again. */
function RouteError({ error }: ErrorComponentProps) {
  const router = useRouter();
  if (NO_MODULE.test(String(error))) {
    const lost = new Error("The code of this page could not be loaded: Retinue was updated, or cannot be reached.");
    return <ErrorState error={lost} onRetry={() => window.location.reload()} />;
  }
  return <ErrorState error={error} onRetry={() => void router.invalidate()} />;
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
