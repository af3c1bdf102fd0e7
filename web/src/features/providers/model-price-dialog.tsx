import { type FormEvent, useState } from "react";
import type { Model, ModelOverride, ModelProvider } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { ErrorNotice } from "@/components/ui/notice";
import { NumberField } from "@/components/ui/number-field";
import { useUpdateProvider } from "./api";

const NONE: Required<ModelOverride> = {
  input_usd_per_mtok: null,
  cached_input_usd_per_mtok: null,
  output_usd_per_mtok: null,
  context_window: null,
};

/** Sets the prices and the context length of one model; a blank field uses the price list. */
export function ModelPriceDialog({
  model,
  provider,
  onClose,
}: {
  model: Model;
  provider: ModelProvider;
  onClose: () => void;
}) {
  const [values, setValues] = useState({ ...NONE, ...provider.model_overrides[model.name] });
  const save = useUpdateProvider(provider.id);
  const set = (name: keyof ModelOverride) => (value: number | null) => setValues((before) => ({ ...before, [name]: value }));

  function onSubmit(event: FormEvent): void {
    event.preventDefault();
    save.mutate({ model_overrides: { ...provider.model_overrides, [model.name]: values } }, { onSuccess: onClose });
  }

  return (
    <Dialog
      open
      onOpenChange={onClose}
      size="sm"
      title={`Prices of ${model.name}`}
      description="Used for the cost of new runs. Leave a field blank to use the built-in price list."
    >
      <form onSubmit={onSubmit} className="flex flex-col gap-4">
        <div className="grid gap-4 sm:grid-cols-2">
          <NumberField
            label="Input"
            unit="$/1M"
            min={0}
            step="any"
            value={values.input_usd_per_mtok}
            onChange={set("input_usd_per_mtok")}
          />
          <NumberField
            label="Output"
            unit="$/1M"
            min={0}
            step="any"
            value={values.output_usd_per_mtok}
            onChange={set("output_usd_per_mtok")}
          />
          <NumberField
            label="Cached input"
            unit="$/1M"
            min={0}
            step="any"
            hint="Leave blank to use the input price."
            value={values.cached_input_usd_per_mtok}
            onChange={set("cached_input_usd_per_mtok")}
          />
          <NumberField
            label="Context length"
            unit="tokens"
            min={1}
            step={1}
            value={values.context_window}
            onChange={set("context_window")}
          />
        </div>
        <ErrorNotice error={save.error} />
        <div className="flex justify-end gap-2">
          <Button className="mr-auto" variant="ghost" onClick={() => setValues(NONE)}>
            Clear
          </Button>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" busy={save.isPending}>
            Save prices
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
