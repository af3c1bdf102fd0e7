import { useQuery } from "@tanstack/react-query";
import { Search } from "lucide-react";
import { useState } from "react";
import type { Model } from "@/api/types";
import { ModelGrade } from "@/components/model-grade";
import { Badge } from "@/components/ui/badge";
import { Section } from "@/components/ui/card";
import { type Column, DataTable } from "@/components/ui/data-table";
import { EmptyState } from "@/components/ui/empty-state";
import { Input } from "@/components/ui/input";
import { Loaded } from "@/components/ui/page-states";
import { count, money } from "@/lib/format";
import { modelList } from "./api";

const COLUMNS: Column<Model>[] = [
  {
    id: "name",
    header: "Model",
    cell: (model) => (
      <span className="flex flex-wrap items-center gap-1.5">
        <span className="font-medium text-fg">{model.name}</span>
        {model.is_default && <Badge tone="accent">Default</Badge>}
        <ModelGrade grade={model.grade} />
      </span>
    ),
  },
  { id: "provider", header: "Provider", hideBelow: "sm", cell: (model) => model.provider_name },
  {
    id: "context",
    header: "Context",
    align: "end",
    hideBelow: "md",
    cell: (model) => (model.context_window === null ? <Unknown /> : count(model.context_window)),
  },
  { id: "input", header: "In, $ per 1M", align: "end", cell: (model) => <Price usd={model.input_usd_per_mtok} /> },
  { id: "output", header: "Out, $ per 1M", align: "end", cell: (model) => <Price usd={model.output_usd_per_mtok} /> },
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
  const [text, setText] = useState("");
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
      description="What agents may use. A price that is not known is not taken for zero."
      actions={search}
      flush
    >
      <Loaded query={models}>
        {(data) => {
          const rows = data.items.filter((model) =>
            `${model.name} ${model.provider_name}`.toLowerCase().includes(text.toLowerCase()),
          );
          return rows.length === 0 ? (
            <EmptyState icon={Search} title="No model has this name" />
          ) : (
            <DataTable
              label="Models"
              rows={rows}
              rowKey={(model) => `${model.provider_id} ${model.name}`}
              columns={COLUMNS}
            />
          );
        }}
      </Loaded>
    </Section>
  );
}
