import { useQuery } from "@tanstack/react-query";
import { Pencil, Search } from "lucide-react";
import { useState } from "react";
import { useCan } from "@/api/session";
import type { Model } from "@/api/types";
import { ModelGrade } from "@/components/model-grade";
import { Badge } from "@/components/ui/badge";
import { IconButton } from "@/components/ui/button";
import { Section } from "@/components/ui/card";
import { type Column, DataTable } from "@/components/ui/data-table";
import { EmptyState } from "@/components/ui/empty-state";
import { Input } from "@/components/ui/input";
import { Loaded } from "@/components/ui/page-states";
import { count, money } from "@/lib/format";
import { modelList, providerList } from "./api";
import { ModelPriceDialog } from "./model-price-dialog";

/** The name, with a button where a person may set the model's prices. */
function nameColumn(editable: (model: Model) => boolean, onEdit: (model: Model) => void): Column<Model> {
  return {
    id: "name",
    header: "Model",
    cell: (model) => (
      <span className="flex flex-wrap items-center gap-1.5">
        <span className="font-medium text-fg">{model.name}</span>
        {model.is_default && <Badge tone="accent">Default</Badge>}
        {model.is_overridden && <Badge title="Your organization sets a price or the context length">Custom</Badge>}
        <ModelGrade grade={model.grade} />
        {editable(model) && (
          <IconButton label={`Edit prices of ${model.name}`} icon={Pencil} size="sm" onClick={() => onEdit(model)} />
        )}
      </span>
    ),
  };
}

const COLUMNS: Column<Model>[] = [
  { id: "provider", header: "Provider", hideBelow: "sm", cell: (model) => model.provider_name },
  {
    id: "context",
    header: "Context",
    align: "end",
    hideBelow: "md",
    cell: (model) => (model.context_window === null ? <Unknown /> : count(model.context_window)),
  },
  { id: "input", header: "Input, $/1M", align: "end", cell: (model) => <Price usd={model.input_usd_per_mtok} /> },
  {
    id: "cached",
    header: "Cached, $/1M",
    align: "end",
    hideBelow: "lg",
    cell: (model) => <Price usd={model.cached_input_usd_per_mtok} />,
  },
  { id: "output", header: "Output, $/1M", align: "end", cell: (model) => <Price usd={model.output_usd_per_mtok} /> },
];

function Unknown() {
  return <span className="text-faint">unknown</span>;
}

function Price({ usd }: { usd: number | null }) {
  return usd === null ? <Unknown /> : <span className="tabular-nums">{money(usd)}</span>;
}

/** The models that agents may use, with what they cost. */
export function Models() {
  const models = useQuery(modelList);
  const providers = useQuery(providerList);
  const canWrite = useCan()("models:write");
  const [text, setText] = useState("");
  const [pricing, setPricing] = useState<Model | null>(null);
  const providerOf = (model: Model | null) => providers.data?.items.find((each) => each.id === model?.provider_id);
  const priced = providerOf(pricing);
  const name = nameColumn((model) => canWrite && providerOf(model) !== undefined, setPricing);
  const search = (
    <Input
      aria-label="Find a model"
      placeholder="Find a model"
      data-filter
      value={text}
      onChange={(event) => setText(event.target.value)}
      className="max-w-48"
    />
  );
  return (
    <Section
      title="Models"
      description="Models that agents may use. Unknown prices are excluded from cost."
      actions={search}
      flush
    >
      <Loaded query={models}>
        {(data) => {
          const rows = data.items.filter((model) =>
            `${model.name} ${model.provider_name}`.toLowerCase().includes(text.toLowerCase()),
          );
          return rows.length === 0 ? (
            <EmptyState icon={Search} title="No model matches" />
          ) : (
            <DataTable
              label="Models"
              rows={rows}
              rowKey={(model) => `${model.provider_id} ${model.name}`}
              columns={[name, ...COLUMNS]}
            />
          );
        }}
      </Loaded>
      {pricing && priced && <ModelPriceDialog model={pricing} provider={priced} onClose={() => setPricing(null)} />}
    </Section>
  );
}
