import { useState } from "react";
import { isApiError } from "@/api/problem";
import type { ToolImport, ToolImportRequest } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input, Textarea } from "@/components/ui/input";
import { ErrorNotice } from "@/components/ui/notice";
import { useImport } from "./api";
import { ImportOperations } from "./import-operations";

/** Reads an OpenAPI document, shows its operations, and makes tools of the chosen ones. */
export function ImportDialog({ onClose }: { readonly onClose: () => void }) {
  const [source, setSource] = useState({ url: "", document: "", base_url: "" });
  const [offer, setOffer] = useState<{ from: ToolImportRequest; read: ToolImport } | null>(null);
  if (offer)
    return <ImportOperations source={offer.from} offer={offer.read} onBack={() => setOffer(null)} onClose={onClose} />;
  return (
    <ReadDocument source={source} onSource={setSource} onRead={(from, read) => setOffer({ from, read })} onClose={onClose} />
  );
}

interface ReadProps {
  readonly source: { url: string; document: string; base_url: string };
  readonly onSource: (source: ReadProps["source"]) => void;
  readonly onRead: (from: ToolImportRequest, read: ToolImport) => void;
  readonly onClose: () => void;
}

function ReadDocument({ source, onSource, onRead, onClose }: ReadProps) {
  const read = useImport();
  const { url, document, base_url } = source;
  const from: ToolImportRequest = {
    ...(document.trim() === "" ? { url: url.trim() } : { document }),
    ...(base_url.trim() === "" ? {} : { base_url: base_url.trim() }),
  };
  const isBaseRefused = isApiError(read.error) && read.error.fieldMessage("base_url") !== undefined;
  return (
    <Dialog
      open
      onOpenChange={(isOpen) => !isOpen && onClose()}
      title="Import OpenAPI"
      description="Each operation you choose becomes a tool."
      size="lg"
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            variant="primary"
            busy={read.isPending}
            disabled={url.trim() === "" && document.trim() === ""}
            onClick={() => read.mutate(from, { onSuccess: (found) => onRead(from, found) })}
          >
            Read it
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        <Field label="Address of the document">
          {(control) => (
            <Input
              {...control}
              type="url"
              placeholder="https://api.example.com/openapi.json"
              value={url}
              onChange={(event) => onSource({ ...source, url: event.target.value })}
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
              onChange={(event) => onSource({ ...source, document: event.target.value })}
            />
          )}
        </Field>
        <Field
          label="Server"
          hint="Left empty, the one that the document names."
          error={isApiError(read.error) ? read.error.fieldMessage("base_url") : undefined}
        >
          {(control) => (
            <Input
              {...control}
              type="url"
              placeholder="https://api.example.com/v1"
              value={base_url}
              onChange={(event) => onSource({ ...source, base_url: event.target.value })}
            />
          )}
        </Field>
        {!isBaseRefused && <ErrorNotice error={read.error} />}
      </div>
    </Dialog>
  );
}
