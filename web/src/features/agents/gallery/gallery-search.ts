import type { AgentCategory, AgentStatus } from "@/api/types";
import { text } from "@/lib/search";
import { CATEGORIES, STATUSES } from "../categories";

/** The gallery's address: which tab, which filters, cards or a table, and for which agent a run is being started. */
export interface GallerySearch {
  tab?: "templates";
  q?: string;
  category?: AgentCategory;
  status?: AgentStatus;
  type?: string;
  view?: "table";
  run?: string;
}

/** One of the known values, or nothing: an address may hold anything. */
function oneOf<T>(options: readonly { value: T }[], value: unknown): T | undefined {
  return options.find((option) => option.value === value)?.value;
}

export function readGallerySearch(search: Record<string, unknown>): GallerySearch {
  const read = {
    tab: search.tab === "templates" ? ("templates" as const) : undefined,
    q: text(search.q),
    category: oneOf(CATEGORIES, search.category),
    status: oneOf(STATUSES, search.status),
    type: text(search.type),
    view: search.view === "table" ? ("table" as const) : undefined,
    run: text(search.run),
  };
  return Object.fromEntries(Object.entries(read).filter(([, value]) => value !== undefined));
}
