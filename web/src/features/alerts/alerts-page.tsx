import { SavedViews } from "@/components/saved-views";
import { Page } from "@/components/ui/page";
import { TabPanel, Tabs } from "@/components/ui/tabs";
import { AlertList } from "./alert-list";
import type { AlertFilter, RuleFilter } from "./api";
import { ChannelsTab } from "./channels-tab";
import { RulesTab } from "./rules-tab";
import { SilencesTab } from "./silences-tab";
import { StandingNotice } from "./standing-notice";
import { type AlertTab, TABS } from "./tabs";

/** The filters of the alerts, and those of the rules. */
export type AlertSearch = AlertFilter & RuleFilter;

interface Props {
  readonly tab: AlertTab;
  readonly onTab: (tab: AlertTab) => void;
  readonly filter: AlertSearch;
  readonly onFilter: (filter: AlertSearch) => void;
  readonly canWrite: boolean;
}

export function AlertsPage({ tab, onTab, filter, onFilter, canWrite }: Props) {
  const { q, enabled, ...alerts } = filter;
  return (
    <Page title="Alerts" width="wide" actions={<SavedViews list="alerts" />}>
      <StandingNotice />
      <Tabs label="Views" value={tab} onChange={(next) => onTab(next as AlertTab)} tabs={TABS}>
        <TabPanel value="firing" className="pt-4">
          <AlertList isFiring filter={alerts} onFilter={onFilter} canWrite={canWrite} onRules={() => onTab("rules")} />
        </TabPanel>
        <TabPanel value="history" className="pt-4">
          <AlertList
            isFiring={false}
            filter={alerts}
            onFilter={onFilter}
            canWrite={canWrite}
            onRules={() => onTab("rules")}
          />
        </TabPanel>
        <TabPanel value="rules" className="pt-4">
          <RulesTab filter={{ q, enabled }} onFilter={onFilter} canWrite={canWrite} />
        </TabPanel>
        <TabPanel value="silences" className="pt-4">
          <SilencesTab canWrite={canWrite} />
        </TabPanel>
        <TabPanel value="channels" className="pt-4">
          <ChannelsTab canWrite={canWrite} />
        </TabPanel>
      </Tabs>
    </Page>
  );
}
