import { Link } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { SavedViews } from "@/components/saved-views";
import { buttonClass } from "@/components/ui/button";
import { Page } from "@/components/ui/page";
import { TabPanel, Tabs } from "@/components/ui/tabs";
import type { AgentsPageProps } from "./agents-page-props";
import { OwnAgents } from "./own-agents";
import { Templates } from "./templates";

export function AgentsPage(props: AgentsPageProps) {
  const { search, onSearch, canWrite } = props;
  return (
    <Page
      title="Agents"
      width="wide"
      actions={
        <>
          <SavedViews list="agents" except={["run"]} />
          {canWrite && (
            <Link to="/agents/new" data-new className={buttonClass("primary")}>
              <Plus aria-hidden className="size-3.5" /> New agent
            </Link>
          )}
        </>
      }
    >
      <Tabs
        label="Agents"
        value={search.tab ?? "own"}
        onChange={(tab) => onSearch({ tab: tab === "templates" ? tab : undefined, category: undefined, status: undefined })}
        tabs={[
          { value: "own", label: "My agents" },
          { value: "templates", label: "Templates" },
        ]}
      >
        <TabPanel value="own" className="pt-4">
          <OwnAgents {...props} />
        </TabPanel>
        <TabPanel value="templates" className="pt-4">
          <Templates {...props} />
        </TabPanel>
      </Tabs>
    </Page>
  );
}
