import { Plus, Trash2 } from "lucide-react";
import { Button, IconButton } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { newPair, type Pair } from "./tool-form";

interface Props {
  /** What one row is: "Header", "Query parameter". */
  readonly noun: string;
  readonly title: string;
  readonly hint: string;
  readonly placeholder: readonly [name: string, value: string];
  readonly pairs: readonly Pair[];
  readonly onChange: (pairs: readonly Pair[]) => void;
  readonly problemOf: (pair: Pair) => string | undefined;
}

/** Names with their values, a row for each. */
export function PairsField({ noun, title, hint, placeholder, pairs, onChange, problemOf }: Props) {
  const change = (key: number, part: Partial<Pair>) =>
    onChange(pairs.map((pair) => (pair.key === key ? { ...pair, ...part } : pair)));
  return (
    <fieldset className="flex min-w-0 flex-col gap-1.5">
      <legend className="mb-1 font-medium text-fg text-xs">{title}</legend>
      {pairs.map((pair, index) => {
        const problem = problemOf(pair);
        const problemId = `pair-${pair.key}-problem`;
        return (
          <div key={pair.key} className="flex flex-col gap-1">
            <div className="flex items-center gap-1.5">
              <Input
                autoFocus={pair.name === "" && pair.value === ""}
                aria-label={`${noun} ${index + 1}: name`}
                aria-invalid={problem ? true : undefined}
                aria-describedby={problem ? problemId : undefined}
                className="flex-1 basis-2/5 font-mono text-xs"
                placeholder={placeholder[0]}
                autoComplete="off"
                spellCheck={false}
                value={pair.name}
                onChange={(event) => change(pair.key, { name: event.target.value })}
              />
              <Input
                aria-label={`${noun} ${index + 1}: value`}
                className="flex-1 basis-3/5 font-mono text-xs"
                placeholder={placeholder[1]}
                autoComplete="off"
                spellCheck={false}
                value={pair.value}
                onChange={(event) => change(pair.key, { value: event.target.value })}
              />
              <IconButton
                size="sm"
                label={`Remove ${noun.toLowerCase()} ${index + 1}`}
                icon={Trash2}
                onClick={() => onChange(pairs.filter((each) => each.key !== pair.key))}
              />
            </div>
            {problem && (
              <p id={problemId} className="text-danger text-xs">
                {problem}
              </p>
            )}
          </div>
        );
      })}
      <div className="flex flex-wrap items-center gap-2">
        <Button size="sm" icon={Plus} onClick={() => onChange([...pairs, newPair()])}>
          Add a {noun.toLowerCase()}
        </Button>
        {pairs.length === 0 && <span className="text-muted text-xs">{hint}</span>}
      </div>
    </fieldset>
  );
}
