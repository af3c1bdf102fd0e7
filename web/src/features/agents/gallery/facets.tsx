import { Search } from "lucide-react";
import { useEffect, useState } from "react";
import { Input } from "@/components/ui/input";
import { cx } from "@/lib/cx";

const TYPING_MS = 250;

interface SearchBoxProps {
  value: string | undefined;
  label: string;
  onChange: (value: string | undefined) => void;
}

/** A filter that waits until one stops typing. */
export function SearchBox({ value, label, onChange }: SearchBoxProps) {
  const [text, setText] = useState(value ?? "");
  useEffect(() => setText(value ?? ""), [value]);
  useEffect(() => {
    if (text === (value ?? "")) return;
    const timer = setTimeout(() => onChange(text.trim() || undefined), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text, value, onChange]);
  return (
    <div className="relative min-w-0 flex-1 sm:max-w-72">
      <Search aria-hidden className="pointer-events-none absolute top-1/2 left-2.5 size-3.5 -translate-y-1/2 text-faint" />
      <Input
        type="search"
        aria-label={label}
        placeholder={label}
        data-filter
        value={text}
        onChange={(event) => setText(event.target.value)}
        className="pl-8"
      />
    </div>
  );
}

interface FacetProps {
  title: string;
  value: string | undefined;
  options: readonly { value: string; label: string }[];
  onChange: (value: string | undefined) => void;
}

/** One choice of several, at the left of a gallery; on a narrow screen a row that scrolls. */
export function Facet({ title, value, options, onChange }: FacetProps) {
  return (
    <fieldset className="min-w-0">
      <legend className="mb-1 px-2 font-medium text-faint text-xs max-lg:sr-only">{title}</legend>
      <div className="flex gap-0.5 max-lg:overflow-x-auto max-lg:pb-1 lg:flex-col">
        {[{ value: undefined, label: "All" }, ...options].map((option) => {
          const isChosen = option.value === value;
          return (
            <button
              key={option.label}
              type="button"
              aria-pressed={isChosen}
              onClick={() => onChange(option.value)}
              className={cx(
                "h-7 shrink-0 whitespace-nowrap rounded-md px-2 text-left text-sm transition-colors",
                isChosen ? "bg-selected font-medium text-fg" : "text-muted hover:bg-hover hover:text-fg",
              )}
            >
              {option.label}
            </button>
          );
        })}
      </div>
    </fieldset>
  );
}
