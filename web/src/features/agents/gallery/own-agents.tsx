import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Bot, LayoutGrid, Rows3 } from "lucide-react";
import { buttonClass, IconButton } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { EmptyState } from "@/components/ui/empty-state";
import { LoadMore } from "@/components/ui/load-more";
import { NothingFits } from "@/components/ui/nothing-fits";
import { Loaded } from "@/components/ui/page-states";
import { SearchBox } from "@/components/ui/search-box";
import { type AgentFilter, agentList } from "../api";
import { CATEGORIES, STATUSES } from "../categories";
import { AGENT_TYPES } from "../types";
import { AgentCard, AgentCardSkeleton } from "./agent-card";
import type { AgentsPageProps } from "./agents-page-props";
import { AgentsTable } from "./agents-table";
import { Facet } from "./facets";

export function OwnAgents({ search, onSearch, canWrite, canRun, onRun }: AgentsPageProps) {
  const filter: AgentFilter = { q: search.q, category: search.category, status: search.status, type: search.type };
  const agents = useInfiniteQuery({ ...agentList(filter), placeholderData: keepPreviousData });
  const isTable = search.view === "table";
  const isFiltered = Boolean(search.q || search.category || search.status || search.type);
  return (
    <div className="flex gap-6 max-lg:flex-col max-lg:gap-3">
      <aside aria-label="Filters" className="flex shrink-0 flex-col gap-4 max-lg:gap-1 lg:w-40">
        <Facet
          title="Category"
          value={search.category}
          options={CATEGORIES}
          onChange={(category) => onSearch({ category })}
        />
        <Facet title="Status" value={search.status} options={STATUSES} onChange={(status) => onSearch({ status })} />
        <Facet title="Type" value={search.type} options={AGENT_TYPES} onChange={(type) => onSearch({ type })} />
      </aside>
      <div className="min-w-0 flex-1">
        <div className="mb-4 flex items-center gap-2">
          <SearchBox
            className="flex-1 sm:max-w-72"
            label="Find an agent"
            value={search.q}
            onChange={(q) => onSearch({ q })}
          />
          <span className="flex-1" />
          <IconButton
            label="Cards"
            icon={LayoutGrid}
            aria-pressed={!isTable}
            variant={isTable ? "ghost" : "secondary"}
            onClick={() => onSearch({ view: undefined })}
          />
          <IconButton
            label="Table"
            icon={Rows3}
            aria-pressed={isTable}
            variant={isTable ? "secondary" : "ghost"}
            onClick={() => onSearch({ view: "table" })}
          />
        </div>
        <Loaded query={agents} skeleton={<Skeletons />}>
          {(data) => {
            const rows = data.pages.flatMap((page) => page.items);
            if (rows.length === 0) {
              const clear = () => onSearch({ q: undefined, category: undefined, status: undefined, type: undefined });
              return isFiltered ? (
                <Card>
                  <NothingFits title="No agent matches these filters" onClear={clear} />
                </Card>
              ) : (
                <NoAgents canWrite={canWrite} />
              );
            }
            if (isTable) return <AgentsTable agents={rows} canRun={canRun} onRun={onRun} />;
            return (
              <ul className="grid grid-cols-[repeat(auto-fill,minmax(min(100%,17.5rem),1fr))] gap-3">
                {rows.map((agent) => (
                  <li key={agent.id}>
                    <AgentCard agent={agent} canRun={canRun} canWrite={canWrite} onRun={onRun} />
                  </li>
                ))}
              </ul>
            );
          }}
        </Loaded>
        <LoadMore query={agents} />
      </div>
    </div>
  );
}

function Skeletons() {
  return (
    <div
      role="status"
      aria-label="Loading agents"
      className="grid grid-cols-[repeat(auto-fill,minmax(min(100%,17.5rem),1fr))] gap-3"
    >
      {["a", "b", "c", "d", "e", "f"].map((key) => (
        <AgentCardSkeleton key={key} />
      ))}
    </div>
  );
}

function NoAgents({ canWrite }: { canWrite: boolean }) {
  const action = canWrite && (
    <>
      <Link to="/agents/new" className={buttonClass("primary")}>
        Create your first agent
      </Link>
      <Link to="/agents" search={{ tab: "templates" }} className={buttonClass("secondary")}>
        Browse templates
      </Link>
    </>
  );
  return (
    <Card>
      <EmptyState icon={Bot} title="No agents yet" action={action}>
        An agent is a model with instructions, tools and limits.
      </EmptyState>
    </Card>
  );
}
