import { useMutation } from "@tanstack/react-query";
import { Search } from "lucide-react";
import { useState } from "react";
import { api, unwrap } from "@/api/client";
import type { OllamaSearch as Found } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { ErrorNotice, Notice } from "@/components/ui/notice";
import { Select } from "@/components/ui/select";
import { useCreateProvider } from "./api";

/** Looks for an Ollama on the server's machine when you ask for it, and adds it with the model you choose. */
export function OllamaSearch({ onAdded }: { onAdded: () => void }) {
  const search = useMutation({ mutationFn: () => unwrap(api.POST("/api/v1/model-providers/find-ollama")) });
  const found = search.data;
  return (
    <section aria-label="Ollama on this machine" className="flex flex-col gap-3 border-line border-t px-4 py-3">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <p className="min-w-0 flex-1 basis-60 text-muted text-xs">
          Does Ollama run on the machine of this installation? Retinue connects to it only when you ask.
        </p>
        <Button size="sm" icon={Search} busy={search.isPending} onClick={() => search.mutate()}>
          Look for Ollama
        </Button>
      </div>
      <ErrorNotice error={search.error} />
      {found && !found.found && (
        <Notice>
          No Ollama answers at {found.base_url}. Start it with <code>ollama serve</code>, or add an Ollama at another URL.{" "}
          {found.error}
        </Notice>
      )}
      {found?.found && found.models.length === 0 && (
        <Notice tone="warning">
          Ollama answers at {found.base_url} and has no models. Run <code>ollama pull qwen3</code>, and look again.
        </Notice>
      )}
      {found?.found && found.models.length > 0 && <AddOllama key={found.base_url} found={found} onAdded={onAdded} />}
    </section>
  );
}

function AddOllama({ found, onAdded }: { found: Found; onAdded: () => void }) {
  const create = useCreateProvider();
  const [model, setModel] = useState(found.suggested ?? found.models[0] ?? "");
  function add(): void {
    const body = { name: "Ollama", kind: "ollama" as const, base_url: found.base_url, models: found.models };
    create.mutate({ ...body, default_model: model }, { onSuccess: onAdded });
  }
  return (
    <div className="flex flex-wrap items-end gap-3">
      <Field label={`Default model of the Ollama at ${found.base_url}`} className="min-w-0 flex-1 basis-60">
        {(control) => (
          <Select {...control} value={model} onChange={(event) => setModel(event.target.value)}>
            {found.models.map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Button variant="primary" busy={create.isPending} onClick={add}>
        Add Ollama
      </Button>
      <ErrorNotice error={create.error} />
    </div>
  );
}
