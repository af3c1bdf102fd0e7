import { X } from "lucide-react";
import { type ClipboardEvent, type KeyboardEvent, useState } from "react";
import { Field } from "@/components/ui/field";
import { useKnownTags } from "./known-tags";
import { withTags } from "./label-form";
import { MOST_TAGS, TAG_LENGTH } from "./label-limits";

interface Props {
  readonly tags: readonly string[];
  readonly onChange: (tags: readonly string[]) => void;
  readonly error: string | undefined;
}

/** Tags as chips; Enter, a comma or leaving the field adds what is typed, Backspace in the empty field removes the last. */
export function TagsField({ tags, onChange, error }: Props) {
  const known = useKnownTags().filter((tag) => !tags.includes(tag));
  const [text, setText] = useState("");
  const add = (typed: string) => {
    onChange(withTags(tags, typed));
    setText("");
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if ((event.key === "Enter" && !event.ctrlKey && !event.metaKey && text.trim() !== "") || event.key === ",") {
      event.preventDefault();
      add(text);
    } else if (event.key === "Backspace" && text === "") {
      onChange(tags.slice(0, -1));
    }
  };
  const onPaste = (event: ClipboardEvent) => {
    const pasted = event.clipboardData.getData("text");
    if (!/[,\n]/.test(pasted)) return;
    event.preventDefault();
    add(`${text}${pasted}`);
  };
  return (
    <Field label="Tags" error={error} hint={`Press Enter after each. Up to ${MOST_TAGS}.`}>
      {(control) => (
        <div className="flex min-h-8 flex-wrap items-center gap-1 rounded-md border border-line-strong bg-surface px-1.5 py-1 focus-within:border-accent focus-within:outline-2 focus-within:outline-accent">
          {tags.map((tag) => (
            <span key={tag} className="inline-flex max-w-full items-center gap-1 rounded bg-sunken py-0.5 pl-1.5 text-xs">
              <span className="truncate">{tag}</span>
              <button
                type="button"
                aria-label={`Remove the tag ${tag}`}
                className="grid size-6 place-items-center rounded text-muted hover:bg-hover hover:text-fg"
                onClick={() => onChange(tags.filter((each) => each !== tag))}
              >
                <X aria-hidden className="size-3" />
              </button>
            </span>
          ))}
          <input
            {...control}
            list={`${control.id}-known`}
            type="text"
            autoComplete="off"
            maxLength={TAG_LENGTH}
            className="h-6 min-w-24 flex-1 bg-transparent px-1 text-fg text-sm outline-none"
            value={text}
            onChange={(event) => setText(event.target.value)}
            onKeyDown={onKeyDown}
            onPaste={onPaste}
            onBlur={() => text.trim() !== "" && add(text)}
          />
          <datalist id={`${control.id}-known`}>
            {known.map((tag) => (
              <option key={tag} value={tag} />
            ))}
          </datalist>
        </div>
      )}
    </Field>
  );
}
