import { type ReactNode, useState } from "react";
import type { Agent } from "@/api/types";
import { TabPanel, Tabs } from "@/components/ui/tabs";
import { cx } from "@/lib/cx";
import { ApiPane } from "./api-pane";

/** What is shown: the form, or on a narrow screen another pane in its place. */
export const PANES = ["define", "try", "runs", "api"] as const;
export type Pane = (typeof PANES)[number];

const LABELS: Record<Pane, string> = { define: "Define", try: "Playground", runs: "Runs", api: "API" };

/** The panes beside the form. An external agent is neither tried here nor started by a program. */
function panesOf(agent: Agent, canRun: boolean): Exclude<Pane, "define">[] {
  if (agent.runtime === "external") return ["runs"];
  return canRun ? ["try", "runs", "api"] : ["runs", "api"];
}

interface Props {
  readonly agent: Agent;
  readonly canRun: boolean;
  readonly pane: Pane;
  readonly onPane: (pane: Pane) => void;
  readonly onDeployments: () => void;
  readonly renderRuns: () => ReactNode;
  /** The playground. */
  readonly trial: ReactNode;
}

/** Beside the form: the playground, the newest runs, and how programs run the agent. */
export function EditorAside({ agent, canRun, pane, onPane, onDeployments, renderRuns, trial }: Props) {
  const panes = panesOf(agent, canRun);
  // On a wide screen one of them is always shown beside the form.
  const [last, setLast] = useState<Pane>(panes[0] ?? "runs");
  if (pane !== "define" && pane !== last) setLast(pane);
  const shown = panes.find((each) => each === (pane === "define" ? last : pane)) ?? panes[0] ?? "runs";
  return (
    <aside
      className={cx(
        "flex min-h-0 flex-col border-line bg-surface lg:w-[26rem] lg:shrink-0 2xl:has-[[data-comparing]]:w-[44rem] lg:border-l xl:w-[30rem]",
        pane === "define" ? "max-lg:hidden" : "max-lg:flex-1",
      )}
    >
      <Tabs
        label="Beside the form"
        value={shown}
        onChange={(next) => onPane(next as Pane)}
        tabs={panes.map((value) => ({ value, label: LABELS[value] }))}
        className="min-h-0 flex-1 pt-2 max-lg:pt-0"
        listClassName="px-4 max-lg:hidden"
      >
        {panes.includes("try") && (
          <TabPanel value="try" isKept className="min-h-0 flex-1">
            {trial}
          </TabPanel>
        )}
        <TabPanel value="runs" className="min-h-0 flex-1 overflow-y-auto">
          {renderRuns()}
        </TabPanel>
        {panes.includes("api") && (
          <TabPanel value="api" className="min-h-0 flex-1 overflow-y-auto">
            <ApiPane agent={agent} onDeployments={onDeployments} />
          </TabPanel>
        )}
      </Tabs>
    </aside>
  );
}

/** On a narrow screen: the form, or one of the panes. */
export function PaneSwitch({ agent, canRun, pane, onPane }: Pick<Props, "agent" | "canRun" | "pane" | "onPane">) {
  return (
    <div className="flex shrink-0 gap-1 border-line border-b bg-surface px-4 py-1.5 lg:hidden">
      {(["define", ...panesOf(agent, canRun)] as const).map((each) => (
        <button
          key={each}
          type="button"
          aria-pressed={pane === each}
          onClick={() => onPane(each)}
          className={cx("h-7 flex-1 rounded-md font-medium text-sm", pane === each ? "bg-selected text-fg" : "text-muted")}
        >
          {LABELS[each]}
        </button>
      ))}
    </div>
  );
}
