/** The query cache. A refusal is never asked again by itself; an unreachable server is, twice. A 401 ends the session. */
import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { isApiError } from "./problem";
import { endSession } from "./session";

const STALE_MS = 15_000;
const RETRIES = 2;

function isWorthRetrying(error: unknown): boolean {
  return isApiError(error) && (error.status === 0 || error.status >= 500);
}

export function createQueryClient(): QueryClient {
  const onError = (error: unknown) => {
    if (isApiError(error) && error.status === 401) endSession(client);
  };
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        staleTime: STALE_MS,
        retry: (failures, error) => failures < RETRIES && isWorthRetrying(error),
        refetchOnWindowFocus: true,
      },
      mutations: { retry: false },
    },
  });
  return client;
}
