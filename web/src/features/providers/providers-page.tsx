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
import { providerList, useDeleteProvider, useTestProvider, useUpdateProvider } from "./api";
import { kindLabel } from "./kinds";
import { Models } from "./models";
import { OllamaSearch } from "./ollama-search";
import { ProviderDialog } from "./provider-dialog";
import { TestOutcome, TestState } from "./test-state";

export function ProvidersPage() {
  const canWrite = useCan()("models:write");
  const providers = useQuery(providerList);
  const [editing, setEditing] = useState<ModelProvider | "new" | null>(null);
  const [deleting, setDeleting] = useState<ModelProvider | null>(null);
  const test = useTestProvider();
  const toast = useToast();
  const add = canWrite && (
    <Button data-new variant="primary" icon={Plus} onClick={() => setEditing("new")}>
      Add
    </Button>
  );
  return (
    <>
      <Section title="Model providers" description="Services that run the models of your agents." actions={add} flush>
        <Loaded query={providers}>
          {(data) => {
            const rows = data.items;
            return rows.length === 0 ? (
              <EmptyState icon={Plug} title="No model providers">
                Until you add one, agents use the small local model, which is suitable for demonstrations only.
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
        {canWrite && !providers.data?.items.some((each) => each.kind === "ollama") && (
          <OllamaSearch onAdded={() => toast.success("Ollama added.")} />
        )}
      </Section>
      <Models />
      {editing && <ProviderDialog provider={editing === "new" ? null : editing} onClose={() => setEditing(null)} />}
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
            {!provider.has_api_key && !isBuiltIn && <Badge>No key</Badge>}
          </p>
          <p className="truncate text-muted text-xs">
            {kindLabel(provider.kind)}
            {provider.base_url && ` · ${provider.base_url}`}
            {provider.default_model && ` · ${provider.default_model}`}
          </p>
          <TestState provider={provider} />
        </div>
        {canWrite && (
          <>
            <Button size="sm" busy={test?.isPending ?? false} onClick={onTest} aria-label={`Test ${provider.name}`}>
              Test
            </Button>
            {!isBuiltIn && (
              <Menu trigger={<IconButton label={`More for ${provider.name}`} icon={EllipsisVertical} size="sm" />}>
                <MenuItem onSelect={onEdit}>Edit…</MenuItem>
                <MenuItem
                  disabled={provider.is_default || provider.last_test_ok !== true}
                  onSelect={() => save.mutate({ is_default: true }, { onError: toast.danger })}
                >
                  Set as default
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
      {provider.last_test_error ? (
        <Notice tone="danger" className="mt-2">
          {provider.last_test_error}
        </Notice>
      ) : (
        test?.data && <TestOutcome result={test.data} />
      )}
      {test?.error ? (
        <div className="mt-2">
          <ErrorNotice error={test.error} />
        </div>
      ) : null}
    </li>
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
      Its key is deleted too. Runs of agents that use this provider fail until you choose another provider for them.
    </ConfirmDialog>
  );
}
