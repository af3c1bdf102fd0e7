/** The gallery's address: which tab, which filters, cards or a table, and for which agent a run is being started. */
export interface GallerySearch {
  tab?: "templates";
  q?: string;
  category?: string;
  status?: string;
  view?: "table";
  run?: string;
}

function text(value: unknown): string | undefined {
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
}

export function readGallerySearch(search: Record<string, unknown>): GallerySearch {
  const read = {
    tab: search.tab === "templates" ? ("templates" as const) : undefined,
    q: text(search.q),
    category: text(search.category),
    status: text(search.status),
    view: search.view === "table" ? ("table" as const) : undefined,
    run: text(search.run),
  };
  return Object.fromEntries(Object.entries(read).filter(([, value]) => value !== undefined));
}
