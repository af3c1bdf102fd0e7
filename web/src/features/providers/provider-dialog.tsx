import { useState } from "react";
import type { ModelProvider, NewProvider } from "@/api/types";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Select } from "@/components/ui/select";
import { KINDS, type KindFacts } from "./kinds";
import { NewProviderForm } from "./new-provider-form";
import { ProviderChangeForm } from "./provider-change-form";

interface Props {
  /** Null creates a new one. */
  provider: ModelProvider | null;
  onClose: () => void;
}

export function ProviderDialog({ provider, onClose }: Props) {
  const [kind, setKind] = useState<NewProvider["kind"]>(kindOf(provider));
  const [isChoosing, setIsChoosing] = useState(false);
  const facts = KINDS.find((each) => each.kind === kind) as KindFacts;
  return (
    <Dialog open onOpenChange={onClose} size="sm" title={provider ? `Edit ${provider.name}` : "Add a model provider"}>
      <div className="flex flex-col gap-4">
        {!provider && !isChoosing && (
          <Field label="Kind" hint={facts.hint}>
            {(control) => (
              <Select {...control} value={kind} onChange={(event) => setKind(event.target.value as NewProvider["kind"])}>
                {KINDS.map((each) => (
                  <option key={each.kind} value={each.kind}>
                    {each.label}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        )}
        {provider ? (
          <ProviderChangeForm provider={provider} facts={facts} onClose={onClose} />
        ) : (
          <NewProviderForm key={kind} facts={facts} onChoosing={setIsChoosing} onClose={onClose} />
        )}
      </div>
    </Dialog>
  );
}

/** Built-in providers are not rows and cannot be edited, so they never come here. */
function kindOf(provider: ModelProvider | null): NewProvider["kind"] {
  return KINDS.find((each) => each.kind === provider?.kind)?.kind ?? "openai";
}
