import { type ReactNode, useState } from "react";
import type { Step, ToolCall } from "@/api/types";
import { SidePanel } from "@/components/ui/side-panel";
import { type Tab, TabPanel, Tabs } from "@/components/ui/tabs";
import { useMinWidth } from "@/lib/use-media";
import { useStoredWidth } from "@/lib/use-stored-width";
import { ArtifactsTab } from "../files/artifacts-tab";
import type { RunState } from "../live/fold";
import { LogsPane } from "../logs/logs-pane";
import { PlayheadBar } from "../playhead/playhead-bar";
import { callsAt, stateAt } from "../playhead/state-at";
import { type Playhead, usePlayhead } from "../playhead/use-playhead";
import { Inspector } from "../steps/inspector";
import { StepFilterBar } from "../steps/step-filter-bar";
import { StepTree } from "../steps/step-tree";
import { type StepFilter, treeRows } from "../steps/step-tree-rows";
import { MindMapTab } from "../thoughts/mind-map-tab";
import { TranscriptTab } from "../transcript/transcript-tab";
import { WaterfallTab } from "../waterfall/waterfall-tab";
import { GraphTab } from "./graph-tab";
import { HistoryTab } from "./history-tab";
import { MemberLanes } from "./member-lanes";
import { RunOverview } from "./run-overview";
import { HISTORY, type RunSearch, type RunTab, type ShownTab, TABS } from "./run-search";
import type { RunViewProps } from "./run-view-props";
import { Splitter } from "./splitter";

interface Props {
  readonly state: RunState;
  readonly calls: readonly ToolCall[];
  readonly step: Step | undefined;
  readonly now: number;
  readonly isLive: boolean;
  readonly search: RunSearch;
  readonly onSearch: RunViewProps["onSearch"];
  readonly onFork: ((step: Step) => void) | undefined;
  readonly renderApproval: RunViewProps["renderApproval"];
  readonly renderGraph: RunViewProps["renderGraph"];
}

const TREE_FROM = 900;
const INSPECTOR_FROM = 1240;

/** Steps, pictures, inspector: three zones where there is room; on a narrow window steps are a tab and the inspector a sheet. */
export function RunZones(given: Props) {
  const playhead = usePlayhead(given.state, !given.isLive, given.search, given.onSearch);
  const props = atPlayhead(given, playhead);
  const { state, calls, step, now, search, onSearch, onFork, renderApproval } = props;
  const hasTree = useMinWidth(TREE_FROM);
  const hasInspector = useMinWidth(INSPECTOR_FROM);
  const [treeWidth, setTreeWidth] = useStoredWidth("steps", 240);
  const [inspectorWidth, setInspectorWidth] = useStoredWidth("inspector", 340);
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const filter: StepFilter = { types: search.types ?? [], errorsOnly: search.errors === true, text: search.find ?? "" };
  const rows = treeRows(state.steps, closed, filter);
  const wholeRows = state === given.state ? rows : treeRows(given.state.steps, closed, filter);
  const select = (stepId: string) => onSearch({ step: stepId });

  const toggle = (stepId: string, isOpen: boolean) => {
    const next = new Set(closed);
    if (isOpen) next.delete(stepId);
    else next.add(stepId);
    setClosed(next);
  };
  const tree = (
    <div className="flex h-full min-h-0 flex-col">
      <StepFilterBar steps={state.steps} filter={filter} onSearch={onSearch} />
      <div className="min-h-0 flex-1">
        <StepTree
          rows={rows}
          selected={step?.id}
          now={now}
          isFiltered={rows.length < state.steps.length}
          onSelect={select}
          onToggle={toggle}
          onOpen={() => document.getElementById("inspector")?.focus()}
        />
      </div>
    </div>
  );
  const inspector = (
    <Inspector
      state={state}
      step={step}
      calls={calls}
      now={now}
      isRaw={search.raw === true}
      isRequest={search.request === true}
      onRequest={(isRequest) => onSearch({ request: isRequest ? true : undefined })}
      onRaw={(isRaw) => onSearch({ raw: isRaw ? true : undefined })}
      onFork={onFork && step && step.status !== "running" ? () => onFork(step) : undefined}
      onClose={search.step === undefined ? undefined : () => onSearch({ step: undefined })}
      renderApproval={renderApproval}
    />
  );

  return (
    <div className="flex min-h-0 flex-1">
      {hasTree && (
        <>
          <div className="shrink-0 bg-surface" style={{ width: treeWidth }}>
            {tree}
          </div>
          <Splitter label="Width of the steps" width={treeWidth} least={180} most={560} zone="left" onWidth={setTreeWidth} />
        </>
      )}
      <RunTabs
        {...props}
        whole={given.state}
        playhead={playhead}
        rows={wholeRows}
        tree={hasTree ? null : tree}
        select={select}
      />
      {hasInspector ? (
        <>
          <Splitter
            label="Width of the inspector"
            width={inspectorWidth}
            least={280}
            most={760}
            zone="right"
            onWidth={setInspectorWidth}
          />
          <aside
            id="inspector"
            tabIndex={-1}
            aria-label="Inspector"
            className="min-w-0 shrink-0 bg-surface"
            style={{ width: inspectorWidth }}
          >
            {step ? inspector : state.run && <RunOverview run={state.run} />}
          </aside>
        </>
      ) : (
        <SidePanel
          flush
          open={search.step !== undefined && step !== undefined}
          onClose={() => onSearch({ step: undefined })}
          title={step?.step_name ?? "Step"}
        >
          {inspector}
        </SidePanel>
      )}
    </div>
  );
}

/** What is given, as it was at the moment of the playhead. */
function atPlayhead(given: Props, playhead: Playhead | null): Props {
  const instant = playhead?.instant;
  if (instant === undefined) return given;
  const state = stateAt(given.state, instant);
  return {
    ...given,
    state,
    calls: callsAt(given.calls, state.steps),
    step: state.steps.find((step) => step.id === given.step?.id),
    now: instant,
  };
}

interface TabsProps extends Props {
  /** The run with all that happened in it, whatever moment is shown. */
  readonly whole: RunState;
  readonly playhead: Playhead | null;
  /** The rows of the whole run. */
  readonly rows: ReturnType<typeof treeRows>;
  readonly tree: ReactNode;
  readonly select: (stepId: string) => void;
}

function RunTabs(props: TabsProps) {
  const { state, whole, playhead, calls, now, isLive, search, onSearch, renderApproval, step, rows, tree, select } = props;
  const isTeam = state.run?.type === "team";
  const isWorkflow = state.run?.type === "workflow";
  const hasCallees = !isTeam && !isWorkflow && whole.steps.some((one) => one.step_type === "member");
  const hasRuns = isTeam || isWorkflow || hasCallees;
  const has: Has = { isTeam, isWorkflow, hasRuns, hasSteps: tree !== null };
  const tab = tabOf(search.tab, has);
  const tabs = tabsOf(whole, has);
  const selectThought = (nodeId: string) => {
    const isStep = state.steps.some((one) => one.id === nodeId);
    onSearch({ thought: nodeId, ...(isStep ? { step: nodeId } : {}) });
  };
  return (
    <div className="flex min-w-0 flex-1 flex-col">
      <Tabs
        value={search.tab === HISTORY ? HISTORY : tab}
        onChange={(value) => onSearch({ tab: value as ShownTab })}
        tabs={tabs}
        label="Views of the run"
        className="min-h-0 min-w-0 flex-1 bg-surface [&>div:first-child]:bg-surface [&>div:first-child]:px-4 [&>div:first-child]:pt-1.5"
      >
        <TabPanel value="steps" className="flex-1 bg-surface">
          {tree}
        </TabPanel>
        <TabPanel value="graph" className="flex-1">
          {isWorkflow && <GraphTab state={state} selected={step} onSelectStep={select} renderGraph={props.renderGraph} />}
        </TabPanel>
        <TabPanel value="members" className="flex-1">
          {state.run && hasRuns && <MemberLanes runId={state.run.id} isTeam={!isWorkflow} />}
        </TabPanel>
        <TabPanel value="waterfall" className="flex-1">
          <WaterfallTab state={whole} rows={rows} selected={step?.id} now={now} onSelect={select} playhead={playhead} />
        </TabPanel>
        <TabPanel value="map" className="flex-1">
          <MindMapTab
            thoughts={state.thoughts}
            isLive={isLive}
            selected={
              search.thought ?? (state.thoughts.some((one) => one.node_id === search.step) ? search.step : undefined)
            }
            onSelect={selectThought}
          />
        </TabPanel>
        <TabPanel value="chat" className="flex-1">
          <TranscriptTab state={state} calls={calls} isLive={isLive} renderApproval={renderApproval} onSelectStep={select} />
        </TabPanel>
        <TabPanel value="logs" className="flex-1">
          <LogsPane state={whole} until={playhead?.instant} isLive={isLive} search={search} onSearch={onSearch} />
        </TabPanel>
        <TabPanel value="files" className="flex-1">
          <ArtifactsTab artifacts={state.artifacts} selected={search.file} onSelect={(file) => onSearch({ file })} />
        </TabPanel>
        <TabPanel value={HISTORY} className="flex-1">
          {state.run && <HistoryTab runId={state.run.id} />}
        </TabPanel>
      </Tabs>
      {playhead && <PlayheadBar playhead={playhead} />}
    </div>
  );
}

function tabsOf(state: RunState, { isTeam, isWorkflow, hasRuns, hasSteps }: Has): Tab[] {
  const label = isTeam ? "Members" : isWorkflow ? "Runs" : "Called agents";
  return [
    ...(hasSteps ? [{ value: "steps", label: "Steps", count: state.steps.length }] : []),
    ...(isWorkflow ? [{ value: "graph", label: "Graph" }] : []),
    ...(hasRuns ? [{ value: "members", label }] : []),
    { value: "waterfall", label: "Waterfall" },
    { value: "map", label: "Thoughts", count: state.thoughts.length || undefined },
    { value: "chat", label: "Conversation" },
    { value: "logs", label: "Logs" },
    { value: "files", label: "Files", count: state.artifacts.length || undefined },
    { value: HISTORY, label: "History" },
  ];
}

interface Has {
  readonly isTeam: boolean;
  readonly isWorkflow: boolean;
  readonly hasRuns: boolean;
  readonly hasSteps: boolean;
}

/** The tab that is shown: the one that is asked for if there is it, else what the run is best seen by, or the first with room. */
function tabOf(asked: ShownTab | undefined, has: Has): RunTab {
  const known = TABS.find((each) => each === asked);
  const missing: Partial<Record<RunTab, boolean>> = {
    steps: !has.hasSteps,
    graph: !has.isWorkflow,
    members: !has.hasRuns,
  };
  if (known !== undefined && !missing[known]) return known;
  if (has.isTeam) return "members";
  if (has.isWorkflow) return "graph";
  return has.hasSteps && known !== "members" ? "steps" : "waterfall";
}
