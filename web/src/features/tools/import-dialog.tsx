import { useState } from "react";
import type { Operation, ToolImportRequest } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { Dialog } from "@/components/ui/dialog";
import { ErrorState } from "@/components/ui/error-state";
import { Field } from "@/components/ui/field";
import { Input, Textarea } from "@/components/ui/input";
import { useToast } from "@/components/ui/toast";
import { plural } from "@/lib/format";
import { useImport } from "./api";

/** Reads an OpenAPI document, shows its operations, and makes tools of the chosen ones. */
export function ImportDialog({ onClose }: { readonly onClose: () => void }) {
  const [url, setUrl] = useState("");
  const [document, setDocument] = useState("");
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const read = useImport();
  const make = useImport();
  const toast = useToast();
  const source: ToolImportRequest = document.trim() === "" ? { url: url.trim() } : { document };
  const operations = read.data?.operations;

  const toggle = (id: string) => {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    setChosen(next);
  };
  const create = () =>
    make.mutate(
      { ...source, create: [...chosen] },
      {
        onSuccess: () => {
          toast.success(`${plural(chosen.size, "tool")} made`);
          onClose();
        },
      },
    );
  return (
    <Dialog
      open
      onOpenChange={(isOpen) => !isOpen && onClose()}
      title="Import OpenAPI"
      description="Each operation you choose becomes a tool."
      size="lg"
      footer={
        operations === undefined ? (
          <Button
            variant="primary"
            busy={read.isPending}
            disabled={url.trim() === "" && document.trim() === ""}
            onClick={() => read.mutate(source)}
          >
            Read it
          </Button>
        ) : (
          <>
            <Button onClick={() => read.reset()}>Back</Button>
            <Button variant="primary" busy={make.isPending} disabled={chosen.size === 0} onClick={create}>
              Make {plural(chosen.size, "tool")}
            </Button>
          </>
        )
      }
    >
      {operations === undefined ? (
        <div className="flex flex-col gap-3">
          <Field label="Address of the document">
            {(control) => (
              <Input
                {...control}
                type="url"
                placeholder="https://api.example.com/openapi.json"
                value={url}
                onChange={(event) => setUrl(event.target.value)}
              />
            )}
          </Field>
          <Field label="Or the document itself" hint="OpenAPI 3, JSON or YAML.">
            {(control) => (
              <Textarea
                {...control}
                rows={8}
                className="font-mono text-xs"
                spellCheck={false}
                value={document}
                onChange={(event) => setDocument(event.target.value)}
              />
            )}
          </Field>
          {read.isError && <ErrorState error={read.error} />}
        </div>
      ) : (
        <>
          <OperationList operations={operations} chosen={chosen} onToggle={toggle} />
          {make.isError && <ErrorState error={make.error} />}
        </>
      )}
    </Dialog>
  );
}

interface ListProps {
  readonly operations: readonly Operation[];
  readonly chosen: ReadonlySet<string>;
  readonly onToggle: (id: string) => void;
}

function OperationList({ operations, chosen, onToggle }: ListProps) {
  if (operations.length === 0) return <p className="text-muted text-sm">The document describes no operation.</p>;
  return (
    <ul className="divide-y divide-line">
      {operations.map((operation) => (
        <li key={operation.operation_id} className="flex items-start gap-3 py-2">
          <Checkbox
            checked={chosen.has(operation.operation_id)}
            onChange={() => onToggle(operation.operation_id)}
            label={
              <span className="min-w-0">
                <span className="font-medium">{operation.operation_id}</span>
                <span className="block font-mono text-muted text-xs">
                  {operation.method.toUpperCase()} {operation.path}
                </span>
                <span className="block text-muted text-xs">{operation.summary}</span>
              </span>
            }
          />
        </li>
      ))}
    </ul>
  );
}
