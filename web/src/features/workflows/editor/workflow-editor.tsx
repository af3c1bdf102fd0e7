import { useSuspenseQuery } from "@tanstack/react-query";
import { ChevronRight, Plus, Redo2, Undo2, WandSparkles } from "lucide-react";
import { lazy, type ReactNode, Suspense, useCallback, useMemo, useRef, useState } from "react";
import type { WorkflowFinding } from "@/api/types";
import { Button, IconButton } from "@/components/ui/button";
import { Menu, MenuItem, MenuLabel } from "@/components/ui/menu";
import { Notice } from "@/components/ui/notice";
import { Skeleton } from "@/components/ui/skeleton";
import { TabPanel, Tabs } from "@/components/ui/tabs";
import { MODIFIER } from "@/lib/keys";
import { useMinWidth } from "@/lib/use-media";
import { schemaQuery } from "../api";
import type { Editing } from "../canvas/canvas-props";
import { groupsOf, lookOf } from "../canvas/node-look";
import { graphAt, type Scope } from "../graph/document";
import { isThere, marksOf, placeOf } from "../graph/findings";
import {
  addNode,
  connect,
  freeId,
  moveNodes,
  type Point,
  removeEdge,
  removeNodes,
  type Selection,
  tidy,
} from "../graph/operations";
import { type NodeType, newNode } from "../graph/schema";
import type { InspectorContext } from "../inspector/context";
import { Inspector } from "../inspector/inspector";
import { FindingsList } from "./findings-list";
import { JsonView } from "./json-view";
import { Outline } from "./outline";
import { Palette } from "./palette";
import type { Draft } from "./use-draft";
import type { Findings } from "./use-findings";
import { DRAFT_FIELDS, useUndoKeys } from "./use-undo-keys";

const Canvas = lazy(() => import("../canvas/canvas"));

const WHOLE: Scope = [];
const PALETTE_FROM = 1200;

export interface Aside {
  readonly value: string;
  readonly label: string;
  readonly content: ReactNode;
}

interface Props {
  readonly workflowId: string;
  readonly draft: Draft;
  readonly report: Findings;
  readonly canWrite: boolean;
  /** More tabs beside the settings. */
  readonly asides: readonly Aside[];
}

/** A workflow's definition as a canvas, as an outline and as JSON, with the settings of what is chosen beside it. */
export function WorkflowEditor({ workflowId, draft, report, canWrite, asides }: Props) {
  const { data: schema } = useSuspenseQuery(schemaQuery);
  const [view, setView] = useState("canvas");
  const [aside, setAside] = useState("settings");
  const [place, setPlace] = useState<{ scope: Scope; selection: Selection }>({ scope: WHOLE, selection: null });
  const inspector = useRef<HTMLDivElement>(null);
  const hasPalette = useMinWidth(PALETTE_FROM);
  const { definition, change } = draft;
  const isReadOnly = !canWrite || draft.problem !== undefined;
  useUndoKeys(draft);

  // What was undone, or taken out of the JSON, is not chosen any more.
  const scope = graphAt(definition, place.scope) === null ? WHOLE : place.scope;
  const selection = scope === place.scope && isThere(definition, scope, place.selection) ? place.selection : null;
  const onSelect = useCallback((next: Selection) => setPlace((before) => ({ ...before, selection: next })), []);
  const onOpen = useCallback((id: string) => setPlace(({ scope: at }) => ({ scope: [...at, id], selection: null })), []);
  const marks = useMemo(() => marksOf(definition, scope, report.findings), [definition, scope, report.findings]);
  const graph = graphAt(definition, scope) ?? definition;

  const editing: Editing = useMemo(
    () => ({
      onMove: (points) => change((before) => moveNodes(before, scope, points)),
      onConnect: (from, to) => change((before) => connect(before, scope, from, to)),
      onRemove: (ids) => change((before) => removeNodes(before, scope, ids)),
      onRemoveEdge: (index) => change((before) => removeEdge(before, scope, index)),
      onDrop: (type, at, others) => {
        const known = schema.types.find((each) => each.type === type);
        if (!known) return;
        const node = newNode(known, freeId(graph, type));
        const id = String(node.id);
        const points = new Map<string, Point>([...others, [id, at]]);
        change((before) => moveNodes(addNode(before, scope, node, null), scope, points));
        onSelect({ kind: "node", id });
      },
    }),
    [change, scope, schema, graph, onSelect],
  );

  function onAdd(type: NodeType): void {
    const node = newNode(type, freeId(graph, type.type));
    change((before) => addNode(before, scope, node, selection?.kind === "node" ? selection.id : null));
    onSelect({ kind: "node", id: String(node.id) });
    setAside("settings");
  }

  function onShow(finding: WorkflowFinding): void {
    const { scope: at, selection: chosen } = placeOf(definition, finding.path);
    setPlace({ scope: at, selection: chosen });
    setAside("settings");
  }

  const context: InspectorContext = {
    workflowId,
    definition,
    scope,
    schema,
    findings: report.findings,
    isReadOnly,
    change,
    onSelect,
    onOpen,
  };
  const errors = report.findings.filter((each) => each.severity === "error").length;
  const tabs = [
    { value: "settings", label: "Settings" },
    { value: "findings", label: "Findings", count: report.findings.length || undefined },
    ...asides.map(({ value, label }) => ({ value, label })),
  ];

  return (
    <div className="flex min-h-0 flex-1 flex-col overflow-hidden rounded-xl border border-line bg-surface shadow-card max-lg:overflow-visible lg:flex-row">
      {hasPalette && canWrite && view === "canvas" && (
        <div className="w-44 shrink-0 overflow-y-auto border-line border-r p-2">
          <Palette types={schema.types} onAdd={onAdd} />
        </div>
      )}
      <Tabs
        value={view}
        onChange={setView}
        label="Views of the definition"
        tabs={[
          { value: "canvas", label: "Canvas" },
          { value: "outline", label: "Outline" },
          { value: "json", label: "JSON" },
        ]}
        className="min-h-0 min-w-0 flex-1 [&>div:first-child]:px-3 [&>div:first-child]:pt-1.5"
        actions={
          canWrite && (
            <Tools
              draft={draft}
              types={schema.types}
              isReadOnly={isReadOnly}
              onAdd={onAdd}
              onTidy={() => change((before) => tidy(before, scope))}
            />
          )
        }
      >
        <Crumbs scope={scope} onGo={(next) => setPlace({ scope: next, selection: null })} />
        {draft.problem !== undefined && view !== "json" && (
          <Notice tone="warning" className="m-2">
            The JSON cannot be read, so this shows the last definition that could.{" "}
            <button type="button" className="underline" onClick={draft.undo}>
              Restore it
            </button>
          </Notice>
        )}
        <TabPanel value="canvas" className="h-[62dvh] lg:h-auto lg:flex-1">
          <Suspense fallback={<Skeleton className="size-full" />}>
            <Canvas
              definition={definition}
              scope={scope}
              selection={selection}
              onSelect={onSelect}
              marks={marks}
              editing={isReadOnly ? undefined : editing}
              onOpen={onOpen}
              onEnter={() => inspector.current?.querySelector<HTMLElement>("input, textarea, select, button")?.focus()}
            />
          </Suspense>
        </TabPanel>
        <TabPanel value="outline" className="flex-1 overflow-y-auto p-3">
          <Outline graph={graph} scope={scope} marks={marks} selection={selection} onSelect={onSelect} onOpen={onOpen} />
        </TabPanel>
        <TabPanel value="json" className="flex flex-1 flex-col p-3">
          <div {...DRAFT_FIELDS} className="flex min-h-0 flex-1 flex-col">
            <JsonView draft={draft} isReadOnly={!canWrite} />
          </div>
        </TabPanel>
      </Tabs>
      <Tabs
        value={aside}
        onChange={setAside}
        label="Settings and findings"
        tabs={tabs}
        className="shrink-0 border-line max-lg:border-t lg:w-92 lg:border-l [&>div:first-child]:px-4 [&>div:first-child]:pt-1.5"
      >
        <TabPanel value="settings" className="overflow-y-auto p-4 lg:flex-1">
          <div ref={inspector} {...DRAFT_FIELDS}>
            <Inspector selection={selection} context={context} />
          </div>
        </TabPanel>
        <TabPanel value="findings" className="overflow-y-auto p-4 lg:flex-1">
          <FindingsList report={report} onShow={onShow} />
        </TabPanel>
        {asides.map(({ value, content }) => (
          <TabPanel key={value} value={value} className="overflow-y-auto p-4 lg:flex-1">
            {content}
          </TabPanel>
        ))}
      </Tabs>
      <p role="status" className="sr-only">
        {errors > 0 ? `${errors} ${errors === 1 ? "error" : "errors"}` : ""}
      </p>
    </div>
  );
}

interface ToolsProps {
  readonly draft: Draft;
  readonly types: readonly NodeType[];
  readonly isReadOnly: boolean;
  readonly onAdd: (type: NodeType) => void;
  readonly onTidy: () => void;
}

function Tools({ draft, types, isReadOnly, onAdd, onTidy }: ToolsProps) {
  return (
    <>
      <IconButton
        size="sm"
        label="Undo"
        shortcut={`${MODIFIER} Z`}
        icon={Undo2}
        disabled={!draft.canUndo}
        onClick={draft.undo}
      />
      <IconButton
        size="sm"
        label="Redo"
        shortcut={`${MODIFIER} Shift Z`}
        icon={Redo2}
        disabled={!draft.canRedo}
        onClick={draft.redo}
      />
      <IconButton size="sm" label="Tidy" icon={WandSparkles} disabled={isReadOnly} onClick={onTidy} />
      <Menu
        trigger={
          <Button size="sm" icon={Plus} disabled={isReadOnly}>
            Add node
          </Button>
        }
      >
        {groupsOf(types).map((group) => (
          <div key={group.name}>
            <MenuLabel>{group.name}</MenuLabel>
            {group.types.map((type) => (
              <MenuItem key={type.type} icon={lookOf(type.type).icon} onSelect={() => onAdd(type)}>
                {type.label}
              </MenuItem>
            ))}
          </div>
        ))}
      </Menu>
    </>
  );
}

/** The way to a body: the workflow, and the maps and loops that lead to what is shown. */
function Crumbs({ scope, onGo }: { readonly scope: Scope; readonly onGo: (scope: Scope) => void }) {
  if (scope.length === 0) return null;
  return (
    <nav aria-label="Open graph" className="flex items-center gap-1 border-line border-b px-3 py-1.5 text-xs">
      <button type="button" className="rounded px-1 text-accent-text hover:underline" onClick={() => onGo(WHOLE)}>
        Workflow
      </button>
      {scope.map((id, depth) => (
        <span key={scope.slice(0, depth + 1).join("/")} className="flex items-center gap-1">
          <ChevronRight aria-hidden className="size-3 text-faint" />
          {depth === scope.length - 1 ? (
            <span aria-current="location" className="font-medium text-fg">
              {id}
            </span>
          ) : (
            <button
              type="button"
              className="rounded px-1 text-accent-text hover:underline"
              onClick={() => onGo(scope.slice(0, depth + 1))}
            >
              {id}
            </button>
          )}
        </span>
      ))}
    </nav>
  );
}
