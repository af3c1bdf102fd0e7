import { Bookmark, Columns3, Trash2 } from "lucide-react";
import { type FormEvent, useState } from "react";
import { Button, IconButton } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Menu, MenuItem, MenuLabel, MenuSeparator } from "@/components/ui/menu";
import { stringifyJson } from "@/lib/exact-json";
import { type ColumnId, OPTIONAL } from "./run-columns";
import { filterOf, type RunsSearch } from "./runs-search";
import { useSavedViews } from "./saved-views";

interface ViewsProps {
  readonly search: RunsSearch;
  readonly onApply: (search: RunsSearch) => void;
}

const NAME_LENGTH = 60;

/** Filters and order that have a name: chosen, saved, deleted. */
export function ViewsMenu({ search, onApply }: ViewsProps) {
  const { views, save, remove } = useSavedViews();
  const [isSaving, setSaving] = useState(false);
  const [isEditing, setEditing] = useState(false);
  const now = stringifyJson(filterOf(search, ""));
  const current = views.find((view) => stringifyJson(filterOf(view.search, "")) === now);
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
          <MenuItem key={view.name} checked={view === current} onSelect={() => onApply(view.search)}>
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
            save(name, search);
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
                <IconButton size="sm" icon={Trash2} label={`Delete ${view.name}`} onClick={() => remove(view.name)} />
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

interface ColumnsProps {
  readonly hidden: readonly ColumnId[];
  readonly onToggle: (id: ColumnId) => void;
}

export function ColumnsMenu({ hidden, onToggle }: ColumnsProps) {
  return (
    <Menu trigger={<IconButton label="Columns" icon={Columns3} className="max-md:hidden" />}>
      <MenuLabel>Columns</MenuLabel>
      {OPTIONAL.map((column) => (
        <MenuItem key={column.id} checked={!hidden.includes(column.id)} onSelect={() => onToggle(column.id)}>
          {column.label}
        </MenuItem>
      ))}
    </Menu>
  );
}
