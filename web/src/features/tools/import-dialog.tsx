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

const MOST_OPERATIONS = 2000;

interface Source {
  readonly url: string;
  readonly document: string;
  /** The text of the chosen file; it may be too long for a text field. */
  readonly file: string | null;
  readonly base_url: string;
}

/** Fetches an OpenAPI document, shows its operations, and imports the selected ones as tools. */
export function ImportDialog({ onClose }: { readonly onClose: () => void }) {
  const [source, setSource] = useState<Source>({ url: "", document: "", file: null, base_url: "" });
  const [offer, setOffer] = useState<{ from: ToolImportRequest; read: ToolImport } | null>(null);
  if (offer)
    return <ImportOperations source={offer.from} offer={offer.read} onBack={() => setOffer(null)} onClose={onClose} />;
  return (
    <ReadDocument source={source} onSource={setSource} onRead={(from, read) => setOffer({ from, read })} onClose={onClose} />
  );
}

interface ReadProps {
  readonly source: Source;
  readonly onSource: (source: Source) => void;
  readonly onRead: (from: ToolImportRequest, read: ToolImport) => void;
  readonly onClose: () => void;
}

function ReadDocument({ source, onSource, onRead, onClose }: ReadProps) {
  const read = useImport();
  const { url, base_url } = source;
  const document = source.document.trim() === "" ? (source.file ?? "") : source.document;
  const from: ToolImportRequest = {
    ...(document === "" ? { url: url.trim() } : { document }),
    ...(base_url.trim() === "" ? {} : { base_url: base_url.trim() }),
    limit: MOST_OPERATIONS,
    with_tools: false,
  };
  const isBaseRefused = isApiError(read.error) && read.error.fieldMessage("base_url") !== undefined;
  return (
    <Dialog
      open
      onOpenChange={(isOpen) => !isOpen && onClose()}
      title="Import OpenAPI"
      description="Each selected operation becomes a tool."
      size="lg"
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            variant="primary"
            busy={read.isPending}
            disabled={url.trim() === "" && document === ""}
            onClick={() => read.mutate(from, { onSuccess: (found) => onRead(from, found) })}
          >
            Fetch
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        <Field label="Spec URL">
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
        <Field label="Or choose a file" hint="JSON or YAML, up to 10 MB.">
          {(control) => (
            <Input
              {...control}
              type="file"
              accept=".json,.yaml,.yml,application/json,application/yaml"
              onChange={async (event) => onSource({ ...source, file: (await event.target.files?.[0]?.text()) ?? null })}
            />
          )}
        </Field>
        <Field label="Or paste the spec" hint="OpenAPI 3.0, OpenAPI 3.1 or Swagger 2.0.">
          {(control) => (
            <Textarea
              {...control}
              rows={8}
              className="font-mono text-xs"
              spellCheck={false}
              value={source.document}
              onChange={(event) => onSource({ ...source, document: event.target.value })}
            />
          )}
        </Field>
        <Field
          label="Server"
          hint="Leave blank for the server in the spec."
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
