import { useInfiniteQuery } from "@tanstack/react-query";
import { Code, Database, FileJson, Folder, Globe, Plug, Plus, Wrench } from "lucide-react";
import type { Tool } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { type Column, DataTable } from "@/components/ui/data-table";
import { EmptyState } from "@/components/ui/empty-state";
import { ErrorState } from "@/components/ui/error-state";
import { Menu, MenuItem } from "@/components/ui/menu";
import { Page } from "@/components/ui/page";
import { SkeletonRows } from "@/components/ui/skeleton";
import { toolList } from "./api";
import { CustomDialog } from "./custom-dialog";
import { ImportDialog } from "./import-dialog";
import { KindDialog } from "./kind-dialog";
import { EFFECTS, KINDS } from "./labels";
import { McpDialog } from "./mcp-dialog";
import { ToolDialog } from "./tool-dialog";
import { ToolPanel } from "./tool-panel";

/** The dialogs that create tools. */
export const NEW = ["api", "openapi", "database", "file", "custom", "mcp"] as const;

/** What is open: a tool beside the list, or a dialog that makes one. */
export interface ToolsSearch {
  tool?: string;
  new?: (typeof NEW)[number];
}

interface Props {
  readonly search: ToolsSearch;
  readonly onSearch: (search: ToolsSearch) => void;
  readonly canWrite: boolean;
}

/** The registry: what agents can be given, built in and of your own. */
export function ToolsPage({ search, onSearch, canWrite }: Props) {
  const pages = useInfiniteQuery(toolList());
  const tools = pages.data?.pages.flatMap((page) => page.items) ?? [];
  const tool = tools.find((each) => each.id === search.tool);
  const columns: Column<Tool>[] = [
    { id: "name", header: "Tool", cell: (row) => <NameCell tool={row} onOpen={() => onSearch({ tool: row.id })} /> },
    {
      id: "kind",
      header: "Kind",
      hideBelow: "sm",
      cell: (row) => (row.organization_id === null ? "Built in" : KINDS[row.tool_type]),
    },
    { id: "effect", header: "Side effects", hideBelow: "md", cell: (row) => EFFECTS[row.effect].word },
    { id: "used", header: "Used by", align: "end", cell: (row) => row.used_by_count },
  ];
  return (
    <Page
      title="Tools"
      description="Tools that agents may call. Select a tool to view, test or edit it."
      actions={
        canWrite && (
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
        )
      }
    >
      {pages.isPending && <SkeletonRows label="Loading tools" />}
      {pages.isError && tools.length === 0 && <ErrorState error={pages.error} onRetry={() => void pages.refetch()} />}
      {pages.isSuccess && tools.length === 0 && (
        <EmptyState icon={Wrench} title="No tools">
          Import tools from an OpenAPI document, or create one.
        </EmptyState>
      )}
      {tools.length > 0 && (
        <Card className="overflow-hidden">
          <DataTable
            rows={tools}
            columns={columns}
            rowKey={(row) => row.id}
            label="Tools"
            onPeek={(row) => onSearch({ tool: row.id })}
            selectedKey={search.tool ?? null}
          />
        </Card>
      )}
      {pages.hasNextPage && (
        <Button className="mx-auto" busy={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
          Show more
        </Button>
      )}
      {tool && <ToolPanel key={tool.id} tool={tool} canWrite={canWrite} onClose={() => onSearch({})} />}
      {canWrite && search.new && <NewTool kind={search.new} onSearch={onSearch} />}
    </Page>
  );
}

interface NewProps {
  readonly kind: NonNullable<ToolsSearch["new"]>;
  readonly onSearch: Props["onSearch"];
}

/** The dialog that makes a tool of a kind. */
function NewTool({ kind, onSearch }: NewProps) {
  const onClose = () => onSearch({});
  const onSaved = (made: Tool) => onSearch({ tool: made.id });
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
        <button type="button" data-row-action onClick={onOpen} className="block max-w-full truncate text-left font-medium">
          {tool.name}
        </button>
        <span className="line-clamp-1 max-w-xl text-muted text-xs">{tool.description}</span>
      </span>
      {!tool.is_active && <Badge>Disabled</Badge>}
    </span>
  );
}
