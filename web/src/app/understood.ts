import { useMatches, useRouter } from "@tanstack/react-router";
import { useMemo } from "react";
import { notUnderstood, type Parameter } from "@/lib/search";

type Search = Record<string, unknown>;

interface Searched<T> {
  readonly options: { readonly validateSearch?: unknown };
  useSearch(): T;
}

function read(validate: unknown, raw: Search): Search {
  return typeof validate === "function" ? (validate(raw) as Search) : {};
}

/** What a page understands of its address. The router's own `useSearch` gives the rest of the address as well. */
export function useUnderstood<T extends object>(route: Searched<T>): T {
  const search = route.useSearch();
  return useMemo(() => read(route.options.validateSearch, search as Search) as T, [route, search]);
}

/** Which parameters of the address the page does not understand, and the search of the address without them. */
export function useNotUnderstood(): { readonly parameters: readonly Parameter[]; readonly search: Search } {
  const { routesById } = useRouter();
  const matches = useMatches();
  return useMemo(() => {
    const raw = (matches[0]?.search ?? {}) as Search;
    const routes = matches.map(({ routeId }) => routesById[routeId]);
    const search: Search = Object.assign({}, ...routes.map((route) => read(route?.options.validateSearch, raw)));
    return { parameters: notUnderstood(raw, search), search };
  }, [matches, routesById]);
}
