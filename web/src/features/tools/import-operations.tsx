import { useState } from "react";
import { isApiError } from "@/api/problem";
import type { Operation, ToolImport, ToolImportRequest } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { ErrorNotice, Notice } from "@/components/ui/notice";
import { useToast } from "@/components/ui/toast";
import { plural } from "@/lib/format";
import { useImport } from "./api";
import { credentialsOf, suggestedSignIn } from "./sign-in";
import { SignInFields } from "./sign-in-fields";

interface Props {
  readonly source: ToolImportRequest;
  readonly offer: ToolImport;
  readonly onBack: () => void;
  readonly onClose: () => void;
}

/** What a document offers: one chooses operations, and says how all of them sign in. */
export function ImportOperations({ source, offer, onBack, onClose }: Props) {
  const { operations } = offer;
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [prefix, setPrefix] = useState("");
  const [signIn, setSignIn] = useState(() => suggestedSignIn(offer.credentials));
  const make = useImport();
  const toast = useToast();
  const isAll = chosen.size === operations.length;
  const refused = (name: string) => (isApiError(make.error) ? make.error.fieldMessage(name) : undefined);

  const toggle = (id: string) => {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    setChosen(next);
  };
  const create = () =>
    make.mutate(
      { ...source, create: [...chosen], name_prefix: prefix.trim(), credentials: credentialsOf(signIn) ?? null },
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
      title={`Import ${offer.title}`}
      description={
        <>
          Each operation you choose becomes a tool that calls <code className="break-all">{offer.base_url}</code>.
        </>
      }
      size="lg"
      footer={
        <>
          <Button onClick={onBack}>Back</Button>
          <Button variant="primary" busy={make.isPending} disabled={chosen.size === 0} onClick={create}>
            Make {plural(chosen.size, "tool")}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        {offer.warnings.length > 0 && (
          <Notice tone="warning">
            {offer.warnings.map((warning) => (
              <p key={warning}>{warning}</p>
            ))}
          </Notice>
        )}
        <section aria-label="Operations" className="rounded-lg border border-line">
          <div className="flex items-center justify-between gap-2 border-line border-b px-3 py-1.5">
            <span className="text-muted text-xs">{plural(operations.length, "operation")}</span>
            <Button
              size="sm"
              variant="ghost"
              onClick={() => setChosen(new Set(isAll ? [] : operations.map((each) => each.operation_id)))}
            >
              {isAll ? "Choose none" : "Choose all"}
            </Button>
          </div>
          <OperationList operations={operations} chosen={chosen} onToggle={toggle} />
        </section>
        <Field
          label="Begin their names with"
          hint="So that tools of several servers can be told apart: letters, digits, _ and -."
          error={refused("name_prefix")}
        >
          {(control) => (
            <Input
              {...control}
              className="font-mono text-xs"
              autoComplete="off"
              spellCheck={false}
              placeholder="shop_"
              value={prefix}
              onChange={(event) => setPrefix(event.target.value)}
            />
          )}
        </Field>
        <SignInFields signIn={signIn} onChange={setSignIn} canKeep={false} problemOf={refused} />
        <ErrorNotice error={make.error} />
      </div>
    </Dialog>
  );
}

interface ListProps {
  readonly operations: readonly Operation[];
  readonly chosen: ReadonlySet<string>;
  readonly onToggle: (id: string) => void;
}

function OperationList({ operations, chosen, onToggle }: ListProps) {
  return (
    <ul className="max-h-[40dvh] divide-y divide-line overflow-y-auto">
      {operations.map((operation) => (
        <li key={operation.operation_id} className="px-3 py-2">
          <Checkbox
            checked={chosen.has(operation.operation_id)}
            onChange={() => onToggle(operation.operation_id)}
            label={
              <span className="min-w-0">
                <span className="font-medium">{operation.operation_id}</span>
                <span className="flex flex-wrap items-center gap-1.5 font-mono text-muted text-xs">
                  <Badge>{operation.method.toUpperCase()}</Badge>
                  <span className="break-all">{operation.path}</span>
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
