import { useNavigate, useSearch } from "@tanstack/react-router";
import { Bookmark, Trash2 } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useSession } from "@/api/session";
import { Button, IconButton } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Menu, MenuItem, MenuLabel, MenuSeparator } from "@/components/ui/menu";
import { stringifyJson } from "@/lib/exact-json";
import { useStored } from "@/lib/use-stored";

type Search = Readonly<Record<string, unknown>>;

interface SavedView {
  readonly name: string;
  readonly search: Search;
}

interface Props {
  /** Which list it is: its views are kept under this name. */
  readonly list: string;
  /** Parts of the address that are no part of a view, as what is open beside the list. */
  readonly except?: readonly string[];
}

const NAME_LENGTH = 60;

function isViews(value: unknown): value is readonly SavedView[] {
  return (
    Array.isArray(value) &&
    value.every((one) => typeof one?.name === "string" && typeof one.search === "object" && one.search !== null)
  );
}

/** What a view keeps of an address, in one order. */
function partOf(search: Search, except: readonly string[]): Search {
  const kept = Object.entries(search).filter(([key, value]) => value !== undefined && !except.includes(key));
  return Object.fromEntries(kept.sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** Filters and order of a list that have a name, in this browser and for each organization: chosen, saved, deleted. */
export function SavedViews({ list, except = [] }: Props) {
  const { organization_id } = useSession();
  const [views, setViews] = useStored<readonly SavedView[]>(`retinue.${list}.views.${organization_id}`, [], isViews);
  const [isSaving, setSaving] = useState(false);
  const [isEditing, setEditing] = useState(false);
  const navigate = useNavigate();
  const search = partOf(useSearch({ strict: false }), except);
  const now = stringifyJson(search);
  const current = views.find((view) => stringifyJson(partOf(view.search, except)) === now);
  const others = (name: string) => views.filter((view) => view.name !== name);
  // The route reads an address as if it were typed: what it does not know is left out.
  const apply = (view: SavedView) => void navigate({ to: ".", search: { ...view.search } as never });
  return (
    <>
      <Menu
        trigger={
          <Button icon={Bookmark}>
            <span className="max-w-32 truncate">{current?.name ?? "Views"}</span>
          </Button>
        }
      >
        {views.length > 0 && <MenuLabel>Saved in this browser</MenuLabel>}
        {views.map((view) => (
          <MenuItem key={view.name} checked={view === current} onSelect={() => apply(view)}>
            {view.name}
          </MenuItem>
        ))}
        {views.length > 0 && <MenuSeparator />}
        <MenuItem onSelect={() => setSaving(true)}>Save this view…</MenuItem>
        {views.length > 0 && <MenuItem onSelect={() => setEditing(true)}>Delete views…</MenuItem>}
      </Menu>
      {isSaving && (
        <SaveView
          onSave={(name) => {
            setViews([...others(name), { name, search }]);
            setSaving(false);
          }}
          onClose={() => setSaving(false)}
        />
      )}
      {isEditing && views.length > 0 && (
        <Dialog open onOpenChange={() => setEditing(false)} size="sm" title="Delete views">
          <ul className="flex flex-col divide-y divide-line">
            {views.map((view) => (
              <li key={view.name} className="flex items-center gap-2 py-1.5 text-sm">
                <span className="min-w-0 flex-1 truncate">{view.name}</span>
                <IconButton
                  size="sm"
                  icon={Trash2}
                  label={`Delete ${view.name}`}
                  onClick={() => setViews(others(view.name))}
                />
              </li>
            ))}
          </ul>
        </Dialog>
      )}
    </>
  );
}

function SaveView({ onSave, onClose }: { readonly onSave: (name: string) => void; readonly onClose: () => void }) {
  const [name, setName] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() !== "") onSave(name.trim());
  };
  return (
    <Dialog
      open
      onOpenChange={onClose}
      size="sm"
      title="Save this view"
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" type="submit" form="save-view" disabled={name.trim() === ""}>
            Save view
          </Button>
        </>
      }
    >
      <form id="save-view" onSubmit={submit}>
        <Field label="Name" hint="Filters and order are saved in this browser. A view of the same name is replaced.">
          {(control) => (
            <Input
              {...control}
              autoFocus
              maxLength={NAME_LENGTH}
              value={name}
              onChange={(event) => setName(event.target.value)}
            />
          )}
        </Field>
      </form>
    </Dialog>
  );
}
