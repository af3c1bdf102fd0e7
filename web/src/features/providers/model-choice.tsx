import { type FormEvent, useState } from "react";
import type { ProviderTest } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Notice } from "@/components/ui/notice";
import { duration, plural } from "@/lib/format";

interface Props {
  listed: ProviderTest;
  /** The default model that was typed, when there was one. */
  suggested: string | null;
  busy: boolean;
  onBack: () => void;
  onChosen: (models: string[], defaultModel: string) => void;
}

/** The models that a provider lists, to choose those that agents may use and the default among them. */
export function ModelChoice({ listed, suggested, busy, onBack, onChosen }: Props) {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(() => new Set(listed.models));
  const [first, setFirst] = useState(suggested ?? listed.default_model ?? listed.models[0] ?? "");
  const [text, setText] = useState("");
  const shown = listed.models.filter((name) => name.toLowerCase().includes(text.toLowerCase()));
  const models = listed.models.filter((name) => chosen.has(name));

  function toggle(name: string): void {
    const next = new Set(chosen);
    if (!next.delete(name)) next.add(name);
    setChosen(next);
    if (!next.has(first)) setFirst(listed.models.find((each) => next.has(each)) ?? "");
  }

  function onSubmit(event: FormEvent): void {
    event.preventDefault();
    onChosen(models, first);
  }

  return (
    <form onSubmit={onSubmit} className="flex flex-col gap-3">
      <Notice tone="success">
        The provider answered in {duration(listed.latency_ms)} and lists {plural(listed.models.length, "model")}. Choose the
        models that agents may use.
      </Notice>
      <div className="flex items-end gap-2">
        <Field label="Find a model" hideLabel className="flex-1">
          {(control) => (
            <Input {...control} placeholder="Find a model" value={text} onChange={(event) => setText(event.target.value)} />
          )}
        </Field>
        <Button onClick={() => setChosen(new Set(listed.models))}>Select all</Button>
        <Button onClick={() => setChosen(new Set())}>Select none</Button>
      </div>
      <ul className="max-h-72 overflow-y-auto rounded-md border border-line">
        {shown.map((name) => (
          <li key={name} className="flex items-center gap-3 border-line border-b px-3 py-1.5 last:border-b-0">
            <label className="flex min-w-0 flex-1 items-center gap-2 text-sm">
              <input
                type="checkbox"
                className="size-3.5 shrink-0 accent-accent"
                checked={chosen.has(name)}
                onChange={() => toggle(name)}
              />
              <span className="truncate" title={name}>
                {name}
              </span>
            </label>
            <label className="flex shrink-0 items-center gap-1.5 text-muted text-xs">
              <input
                type="radio"
                name="default-model"
                aria-label={`${name} is the default`}
                className="size-3.5 accent-accent"
                checked={first === name}
                disabled={!chosen.has(name)}
                onChange={() => setFirst(name)}
              />
              Default
            </label>
          </li>
        ))}
        {shown.length === 0 && <li className="px-3 py-4 text-center text-muted text-sm">No model matches.</li>}
      </ul>
      <div className="flex justify-end gap-2">
        <Button onClick={onBack}>Back</Button>
        <Button type="submit" variant="primary" busy={busy} disabled={models.length === 0 || !chosen.has(first)}>
          Add provider with {plural(models.length, "model")}
        </Button>
      </div>
    </form>
  );
}
