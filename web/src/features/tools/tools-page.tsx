import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Code, Database, FileJson, Folder, Globe, Plug, Plus, Wrench } from "lucide-react";
import type { Tool } from "@/api/types";
import { SavedViews } from "@/components/saved-views";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { type Column, DataTable } from "@/components/ui/data-table";
import { EmptyState } from "@/components/ui/empty-state";
import { FilterSelect } from "@/components/ui/filter-select";
import { LoadMore } from "@/components/ui/load-more";
import { Menu, MenuItem } from "@/components/ui/menu";
import { NothingFits } from "@/components/ui/nothing-fits";
import { Page } from "@/components/ui/page";
import { Loaded } from "@/components/ui/page-states";
import { Pill } from "@/components/ui/pill";
import { SearchBox } from "@/components/ui/search-box";
import { toolList, toolQuery } from "./api";
import { CustomDialog } from "./custom-dialog";
import { EffectBadge, inGroups, MethodBadge, originOf } from "./groups";
import { ImportDialog } from "./import-dialog";
import { KindDialog } from "./kind-dialog";
import { KINDS } from "./labels";
import { McpDialog } from "./mcp-dialog";
import { ToolDialog } from "./tool-dialog";
import { ToolPanel } from "./tool-panel";
import type { ToolsSearch } from "./tools-search";

interface Props {
  readonly search: ToolsSearch;
  readonly onSearch: (change: ToolsSearch) => void;
  readonly canWrite: boolean;
}

/** The registry: what agents can be given, built in and of your own. */
export function ToolsPage({ search, onSearch, canWrite }: Props) {
  const tools = useInfiniteQuery({ ...toolList(search), placeholderData: keepPreviousData });
  const open = useQuery(toolQuery(search.tool)).data;
  const isFiltered = Boolean(search.q || search.kind || search.off);
  return (
    <Page
      title="Tools"
      description="Tools that agents may call. Select a tool to view, test or edit it."
      actions={
        <>
          <SavedViews list="tools" except={["tool", "new"]} />
          {canWrite && (
            <>
              <Button icon={Plug} onClick={() => onSearch({ new: "mcp" })}>
                Connect MCP server
              </Button>
              <Button icon={Code} onClick={() => onSearch({ new: "custom" })}>
                New Python tool
              </Button>
              <Button icon={FileJson} onClick={() => onSearch({ new: "openapi" })}>
                Import OpenAPI
              </Button>
              <Menu
                trigger={
                  <Button variant="primary" icon={Plus}>
                    New tool
                  </Button>
                }
              >
                <MenuItem icon={Globe} onSelect={() => onSearch({ new: "api" })}>
                  HTTP API
                </MenuItem>
                <MenuItem icon={Database} onSelect={() => onSearch({ new: "database" })}>
                  Database
                </MenuItem>
                <MenuItem icon={Folder} onSelect={() => onSearch({ new: "file" })}>
                  Files
                </MenuItem>
              </Menu>
            </>
          )}
        </>
      }
    >
      <div className="flex flex-wrap items-center gap-2">
        <SearchBox className="w-full sm:w-64" label="Search tools" value={search.q} onChange={(q) => onSearch({ q })} />
        <FilterSelect
          label="Kind"
          all="All kinds"
          value={search.kind}
          options={Object.entries(KINDS) as [Tool["tool_type"], string][]}
          onChange={(kind) => onSearch({ kind })}
        />
        <Pill pressed={search.off === true} onClick={() => onSearch({ off: search.off ? undefined : true })}>
          Disabled
        </Pill>
      </div>
      <Loaded query={tools}>
        {(data) => {
          const rows = data.pages.flatMap((page) => page.items);
          if (rows.length === 0)
            return (
              <Nothing isFiltered={isFiltered} onClear={() => onSearch({ q: undefined, kind: undefined, off: undefined })} />
            );
          return (
            <Card className="overflow-hidden">
              <DataTable
                rows={inGroups(rows)}
                columns={columnsOf((tool) => onSearch({ tool: tool.id }))}
                rowKey={(row) => row.id}
                label="Tools"
                onPeek={(row) => onSearch({ tool: row.id })}
                selectedKey={search.tool ?? null}
                groupOf={originOf}
              />
            </Card>
          );
        }}
      </Loaded>
      <LoadMore query={tools} />
      {open && <ToolPanel key={open.id} tool={open} canWrite={canWrite} onClose={() => onSearch({ tool: undefined })} />}
      {canWrite && search.new && <NewTool kind={search.new} onSearch={onSearch} />}
    </Page>
  );
}

function columnsOf(onOpen: (tool: Tool) => void): Column<Tool>[] {
  return [
    { id: "name", header: "Tool", cell: (row) => <NameCell tool={row} onOpen={() => onOpen(row)} /> },
    {
      id: "kind",
      header: "Kind",
      hideBelow: "sm",
      className: "w-28",
      cell: (row) => (row.organization_id === null ? "Built in" : KINDS[row.tool_type]),
    },
    {
      id: "effect",
      header: "Side effects",
      hideBelow: "md",
      className: "w-32",
      cell: (row) => <EffectBadge effect={row.effect} />,
    },
    { id: "used", header: "Used by", align: "end", className: "w-24", cell: (row) => row.used_by_count },
  ];
}

function Nothing({ isFiltered, onClear }: { readonly isFiltered: boolean; readonly onClear: () => void }) {
  return (
    <Card>
      {isFiltered ? (
        <NothingFits title="No tool matches these filters" onClear={onClear} />
      ) : (
        <EmptyState icon={Wrench} title="No tools">
          Import tools from an OpenAPI document, or create one.
        </EmptyState>
      )}
    </Card>
  );
}

interface NewProps {
  readonly kind: NonNullable<ToolsSearch["new"]>;
  readonly onSearch: Props["onSearch"];
}

/** The dialog that makes a tool of a kind. */
function NewTool({ kind, onSearch }: NewProps) {
  const onClose = () => onSearch({ new: undefined });
  const onSaved = (made: Tool) => onSearch({ new: undefined, tool: made.id });
  switch (kind) {
    case "api":
      return <ToolDialog tool={null} onClose={onClose} onSaved={onSaved} />;
    case "database":
    case "file":
      return <KindDialog key={kind} type={kind} tool={null} onClose={onClose} onSaved={onSaved} />;
    case "custom":
      return <CustomDialog tool={null} onClose={onClose} onSaved={onSaved} />;
    case "mcp":
      return <McpDialog onClose={onClose} />;
    case "openapi":
      return <ImportDialog onClose={onClose} />;
  }
}

function NameCell({ tool, onOpen }: { readonly tool: Tool; readonly onOpen: () => void }) {
  return (
    <span className="flex min-w-0 items-center gap-2">
      <span className="min-w-0">
        <span className="flex min-w-0 items-center gap-1.5">
          <MethodBadge tool={tool} />
          <button type="button" data-row-action onClick={onOpen} className="min-w-0 truncate text-left font-medium">
            {tool.name}
          </button>
        </span>
        <span className="line-clamp-1 max-w-xl text-muted text-xs">{tool.description}</span>
      </span>
      {!tool.is_active && <Badge>Disabled</Badge>}
    </span>
  );
}
