import { useState } from "react";
import { isApiError } from "@/api/problem";
import type { Effect, McpImport, McpImportRequest, McpServerTool } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { ErrorNotice, Notice } from "@/components/ui/notice";
import { Select } from "@/components/ui/select";
import { useToast } from "@/components/ui/toast";
import { plural } from "@/lib/format";
import { useMcpImport } from "./api";
import { EFFECTS } from "./labels";

interface Props {
  readonly source: McpImportRequest;
  readonly offer: McpImport;
  readonly onBack: () => void;
  readonly onClose: () => void;
}

/** The tools of a server: which become tools here, and what repeating a call of each does. */
export function McpTools({ source, offer, onBack, onClose }: Props) {
  const [chosen, setChosen] = useState<ReadonlyMap<string, Effect>>(new Map());
  const [prefix, setPrefix] = useState("");
  const make = useMcpImport();
  const toast = useToast();
  const refused = (name: string) => (isApiError(make.error) ? make.error.fieldMessage(name) : undefined);

  const toggle = (tool: McpServerTool) => {
    const next = new Map(chosen);
    if (!next.delete(tool.name)) next.set(tool.name, tool.suggested_effect);
    setChosen(next);
  };
  const create = () =>
    make.mutate(
      { ...source, name_prefix: prefix.trim(), create: [...chosen].map(([tool, effect]) => ({ tool, effect })) },
      {
        onSuccess: () => {
          toast.success(`${plural(chosen.size, "tool")} created`);
          onClose();
        },
      },
    );
  return (
    <Dialog
      open
      onOpenChange={(isOpen) => !isOpen && onClose()}
      title={`Tools of ${offer.server.name || "the server"}`}
      description="Read the descriptions: models follow them. A later change must be accepted before the tool is called again."
      size="lg"
      footer={
        <>
          <Button onClick={onBack}>Back</Button>
          <Button variant="primary" busy={make.isPending} disabled={chosen.size === 0} onClick={create}>
            Create {plural(chosen.size, "tool")}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        {offer.tools.length === 0 && <Notice tone="info">The server offers no tools.</Notice>}
        <ul
          aria-label="Tools of the server"
          className="max-h-[45dvh] divide-y divide-line overflow-y-auto rounded-lg border border-line"
        >
          {offer.tools.map((tool) => (
            <li key={tool.name} className="flex flex-col gap-2 px-3 py-2 sm:flex-row sm:items-start sm:justify-between">
              <Checkbox
                checked={chosen.has(tool.name)}
                onChange={() => toggle(tool)}
                label={
                  <span className="min-w-0">
                    <span className="break-all font-medium">{tool.name}</span>
                    <span className="block whitespace-pre-wrap text-muted text-xs">{tool.description}</span>
                  </span>
                }
              />
              {chosen.has(tool.name) && (
                <Select
                  aria-label={`Side effects of ${tool.name}`}
                  className="w-40 shrink-0"
                  value={chosen.get(tool.name)}
                  onChange={(event) => setChosen(new Map(chosen).set(tool.name, event.target.value as Effect))}
                >
                  {Object.entries(EFFECTS).map(([value, { word }]) => (
                    <option key={value} value={value}>
                      {word}
                      {value === tool.suggested_effect ? " (suggested)" : ""}
                    </option>
                  ))}
                </Select>
              )}
            </li>
          ))}
        </ul>
        <Field
          label="Name prefix"
          hint="Keeps tools of several servers apart: letters, digits, _ and -."
          error={refused("name_prefix")}
        >
          {(control) => (
            <Input
              {...control}
              className="font-mono text-xs"
              autoComplete="off"
              spellCheck={false}
              placeholder="files_"
              value={prefix}
              onChange={(event) => setPrefix(event.target.value)}
            />
          )}
        </Field>
        <ErrorNotice error={make.error} />
      </div>
    </Dialog>
  );
}
