import { useQuery } from "@tanstack/react-query";
import { EllipsisVertical, Plug, Plus } from "lucide-react";
import { useState } from "react";
import { useCan } from "@/api/session";
import type { ModelProvider, ProviderTest } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { Button, IconButton } from "@/components/ui/button";
import { Section } from "@/components/ui/card";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { EmptyState } from "@/components/ui/empty-state";
import { Menu, MenuItem, MenuSeparator } from "@/components/ui/menu";
import { ErrorNotice, Notice } from "@/components/ui/notice";
import { Loaded } from "@/components/ui/page-states";
import { useToast } from "@/components/ui/toast";
import { duration, plural } from "@/lib/format";
import { providerList, useDeleteProvider, useTestProvider, useUpdateProvider } from "./api";
import { kindLabel } from "./kinds";
import { Models } from "./models";
import { ProviderDialog } from "./provider-dialog";

export function ProvidersPage() {
  const canWrite = useCan()("models:write");
  const providers = useQuery(providerList);
  const [editing, setEditing] = useState<ModelProvider | "new" | null>(null);
  const [deleting, setDeleting] = useState<ModelProvider | null>(null);
  const test = useTestProvider();
  const add = canWrite && (
    <Button data-new variant="primary" icon={Plus} onClick={() => setEditing("new")}>
      Add
    </Button>
  );
  return (
    <>
      <Section
        title="Model providers"
        description="Where the models of your agents run, with keys of your own."
        actions={add}
        flush
      >
        <Loaded query={providers}>
          {(data) => {
            const rows = data.items;
            return rows.length === 0 ? (
              <EmptyState icon={Plug} title="No provider yet">
                Until one is added, agents use the small model of this machine, which is good for a demonstration.
              </EmptyState>
            ) : (
              <ul>
                {rows.map((provider) => (
                  <ProviderRow
                    key={provider.id}
                    provider={provider}
                    canWrite={canWrite}
                    test={test.variables === provider.id ? test : null}
                    onTest={() => test.mutate(provider.id)}
                    onEdit={() => setEditing(provider)}
                    onDelete={() => setDeleting(provider)}
                  />
                ))}
              </ul>
            );
          }}
        </Loaded>
      </Section>
      <Models />
      {editing && (
        <ProviderDialog
          provider={editing === "new" ? null : editing}
          onClose={() => setEditing(null)}
          onSaved={(provider) => {
            if (editing === "new") test.mutate(provider.id);
            setEditing(null);
          }}
        />
      )}
      {deleting && <DeleteProvider provider={deleting} onClose={() => setDeleting(null)} />}
    </>
  );
}

interface RowProps {
  provider: ModelProvider;
  canWrite: boolean;
  test: { isPending: boolean; data: ProviderTest | undefined; error: unknown } | null;
  onTest: () => void;
  onEdit: () => void;
  onDelete: () => void;
}

function ProviderRow({ provider, canWrite, test, onTest, onEdit, onDelete }: RowProps) {
  const toast = useToast();
  const save = useUpdateProvider(provider.id);
  const isBuiltIn = provider.kind === "local" || provider.kind === "scripted";
  return (
    <li className="border-line border-b px-4 py-3 last:border-b-0">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
        <div className="min-w-0 flex-1 basis-48">
          <p className="flex flex-wrap items-center gap-1.5 font-medium text-fg">
            {provider.name}
            {provider.is_default && <Badge tone="accent">Default</Badge>}
            {!provider.has_api_key && !isBuiltIn && <Badge>no key</Badge>}
          </p>
          <p className="truncate text-muted text-xs">
            {kindLabel(provider.kind)}
            {provider.base_url && ` · ${provider.base_url}`}
            {provider.default_model && ` · ${provider.default_model}`}
          </p>
        </div>
        {canWrite && (
          <>
            <Button size="sm" busy={test?.isPending ?? false} onClick={onTest} aria-label={`Test ${provider.name}`}>
              Test
            </Button>
            {!isBuiltIn && (
              <Menu trigger={<IconButton label={`More for ${provider.name}`} icon={EllipsisVertical} size="sm" />}>
                <MenuItem onSelect={onEdit}>Change…</MenuItem>
                <MenuItem
                  disabled={provider.is_default}
                  onSelect={() => save.mutate({ is_default: true }, { onError: toast.danger })}
                >
                  Make it the default
                </MenuItem>
                <MenuSeparator />
                <MenuItem tone="danger" onSelect={onDelete}>
                  Delete…
                </MenuItem>
              </Menu>
            )}
          </>
        )}
      </div>
      {test?.data && <TestOutcome result={test.data} />}
      {test?.error ? (
        <div className="mt-2">
          <ErrorNotice error={test.error} />
        </div>
      ) : null}
    </li>
  );
}

function TestOutcome({ result }: { result: ProviderTest }) {
  if (!result.ok) {
    return (
      <Notice tone="danger" className="mt-2">
        {result.error ?? "It did not answer."}
      </Notice>
    );
  }
  return (
    <Notice tone="success" className="mt-2">
      It answered{result.latency_ms !== null && ` in ${duration(result.latency_ms)}`}
      {result.models.length > 0 && ` and lists ${plural(result.models.length, "model")}`}.
    </Notice>
  );
}

function DeleteProvider({ provider, onClose }: { provider: ModelProvider; onClose: () => void }) {
  const remove = useDeleteProvider();
  return (
    <ConfirmDialog
      open
      onOpenChange={onClose}
      title={`Delete ${provider.name}?`}
      confirmLabel="Delete"
      busy={remove.isPending}
      error={remove.error ? <ErrorNotice error={remove.error} /> : null}
      onConfirm={() => remove.mutate(provider.id, { onSuccess: onClose })}
    >
      Its key is deleted with it. Agents that chose it fail until they choose another.
    </ConfirmDialog>
  );
}
