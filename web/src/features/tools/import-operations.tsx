import { useState } from "react";
import { isApiError } from "@/api/problem";
import type { ToolImport, ToolImportRequest } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { ErrorNotice } from "@/components/ui/notice";
import { useToast } from "@/components/ui/toast";
import { plural } from "@/lib/format";
import { useImport } from "./api";
import { ImportNotices } from "./import-notices";
import { OperationList } from "./operation-list";
import { credentialsOf, suggestedSignIn } from "./sign-in";
import { SignInFields } from "./sign-in-fields";

interface Props {
  readonly source: ToolImportRequest;
  readonly offer: ToolImport;
  readonly onBack: () => void;
  readonly onClose: () => void;
}

/** What a document offers: operations to select, and the credentials of their tools. */
export function ImportOperations({ source, offer, onBack, onClose }: Props) {
  const [shown, setShown] = useState(offer);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [prefix, setPrefix] = useState("");
  const [signIn, setSignIn] = useState(() => suggestedSignIn(offer.credentials));
  const make = useImport();
  const toast = useToast();
  const refused = (name: string) => (isApiError(make.error) ? make.error.fieldMessage(name) : undefined);

  const create = () =>
    make.mutate(
      {
        ...source,
        create: [...chosen],
        name_prefix: prefix.trim(),
        credentials: credentialsOf(signIn) ?? null,
        digest: shown.digest,
      },
      {
        onSuccess: (made) => {
          const failed = made.skipped.filter((each) => chosen.has(each.operation_id));
          const parts = [
            made.created.length > 0 || made.updated.length === 0 ? `${plural(made.created.length, "tool")} imported` : "",
            made.updated.length > 0 ? `${plural(made.updated.length, "tool")} updated` : "",
          ];
          toast.success(parts.filter((part) => part !== "").join(", "));
          if (failed.length === 0) onClose();
          setShown(made);
          setChosen(new Set(failed.map((each) => each.operation_id)));
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
          Each selected operation becomes a tool that calls{" "}
          <code className="break-all">{offer.base_url ?? "its own server"}</code>. An operation that was imported before
          updates its tool.
        </>
      }
      size="lg"
      footer={
        <>
          <Button onClick={onBack}>Back</Button>
          <Button variant="primary" busy={make.isPending} disabled={chosen.size === 0} onClick={create}>
            Import {plural(chosen.size, "tool")}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        <ImportNotices offer={shown} />
        <OperationList operations={shown.operations} chosen={chosen} onChoose={setChosen} />
        <Field
          label="Name prefix"
          hint="Distinguishes tools of several servers. Letters, digits, _ and -."
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
