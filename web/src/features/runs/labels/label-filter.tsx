import { Tags } from "lucide-react";
import { Popover } from "radix-ui";
import { type FormEvent, useState } from "react";
import { Button, buttonClass } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { useKnownTags } from "./known-tags";
import { KEY_LENGTH, keyProblem, TAG_LENGTH, VALUE_LENGTH } from "./label-limits";

interface Props {
  readonly onTag: (tag: string) => void;
  /** An entry as "key=value". */
  readonly onEntry: (entry: string) => void;
}

/** Filters the list by a tag or by an entry of the metadata; a run must have all that are chosen. */
export function LabelFilter({ onTag, onEntry }: Props) {
  const [isOpen, setOpen] = useState(false);
  return (
    <Popover.Root open={isOpen} onOpenChange={setOpen}>
      <Popover.Trigger className={buttonClass("secondary")}>
        <Tags aria-hidden className="size-3.5 shrink-0" /> Tags and metadata
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          align="start"
          sideOffset={4}
          collisionPadding={8}
          aria-label="Filter by tag or metadata"
          className="z-50 grid w-80 max-w-[calc(100vw-1rem)] animate-pop gap-4 rounded-lg border border-line bg-raised p-4 shadow-pop"
        >
          <TagForm onTag={onTag} />
          <EntryForm onEntry={onEntry} />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

function TagForm({ onTag }: Pick<Props, "onTag">) {
  const known = useKnownTags();
  const [tag, setTag] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (tag.trim() === "") return;
    onTag(tag.trim());
    setTag("");
  };
  return (
    <form onSubmit={submit} className="flex items-end gap-1.5">
      <Field label="Tag" className="flex-1">
        {(control) => (
          <>
            <Input
              {...control}
              list={`${control.id}-known`}
              maxLength={TAG_LENGTH}
              autoComplete="off"
              value={tag}
              onChange={(event) => setTag(event.target.value)}
            />
            <datalist id={`${control.id}-known`}>
              {known.map((each) => (
                <option key={each} value={each} />
              ))}
            </datalist>
          </>
        )}
      </Field>
      <Button type="submit" aria-label="Filter by this tag" disabled={tag.trim() === ""}>
        Add
      </Button>
    </form>
  );
}

function EntryForm({ onEntry }: Pick<Props, "onEntry">) {
  const [entry, setEntry] = useState({ key: "", value: "" });
  const key = entry.key.trim();
  const problem = key === "" ? undefined : keyProblem(key);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (key === "" || problem !== undefined) return;
    onEntry(`${key}=${entry.value}`);
    setEntry({ key: "", value: "" });
  };
  return (
    <form onSubmit={submit} className="flex items-start gap-1.5">
      <Field label="Metadata key" className="flex-1" error={problem}>
        {(control) => (
          <Input
            {...control}
            maxLength={KEY_LENGTH}
            autoComplete="off"
            value={entry.key}
            onChange={(event) => setEntry({ ...entry, key: event.target.value })}
          />
        )}
      </Field>
      <Field label="Value" className="flex-1">
        {(control) => (
          <Input
            {...control}
            maxLength={VALUE_LENGTH}
            autoComplete="off"
            value={entry.value}
            onChange={(event) => setEntry({ ...entry, value: event.target.value })}
          />
        )}
      </Field>
      <Button
        type="submit"
        className="mt-5.5"
        aria-label="Filter by this metadata"
        disabled={key === "" || problem !== undefined}
      >
        Add
      </Button>
    </form>
  );
}
