import { cx } from "@/lib/cx";

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
                "h-7 shrink-0 whitespace-nowrap rounded-md px-2 text-left text-sm transition-colors focus-visible:-outline-offset-2",
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
