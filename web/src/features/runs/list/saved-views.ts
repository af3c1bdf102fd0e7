import { useSession } from "@/api/session";
import { useStored } from "@/lib/use-stored";
import { type RunsSearch, readRunsSearch } from "./runs-search";

export interface SavedView {
  readonly name: string;
  readonly search: RunsSearch;
}

function isViews(value: unknown): value is readonly SavedView[] {
  return (
    Array.isArray(value) &&
    value.every((one) => typeof one?.name === "string" && typeof one.search === "object" && one.search !== null)
  );
}

/** Filters and order under a name, kept in this browser for each organization. */
export function useSavedViews() {
  const { organization_id } = useSession();
  const [views, setViews] = useStored<readonly SavedView[]>(`retinue.runs.views.${organization_id}`, [], isViews);
  return {
    views: views.map((view) => ({ name: view.name, search: readRunsSearch({ ...view.search }) })),
    save: (name: string, { preview: _, ...search }: RunsSearch) =>
      setViews([...views.filter((view) => view.name !== name), { name, search }]),
    remove: (name: string) => setViews(views.filter((view) => view.name !== name)),
  };
}
