import { Page } from "@/components/ui/page";
import { TabPanel, Tabs } from "@/components/ui/tabs";
import { AlertList } from "./alert-list";
import { ChannelsTab } from "./channels-tab";
import { RulesTab } from "./rules-tab";
import { SilencesTab } from "./silences-tab";
import { StandingNotice } from "./standing-notice";
import { type AlertTab, TABS } from "./tabs";

interface Props {
  readonly tab: AlertTab;
  readonly onTab: (tab: AlertTab) => void;
  readonly canWrite: boolean;
}

export function AlertsPage({ tab, onTab, canWrite }: Props) {
  return (
    <Page title="Alerts" width="wide">
      <StandingNotice />
      <Tabs label="Views" value={tab} onChange={(next) => onTab(next as AlertTab)} tabs={TABS}>
        <TabPanel value="firing" className="pt-4">
          <AlertList isFiring canWrite={canWrite} onRules={() => onTab("rules")} />
        </TabPanel>
        <TabPanel value="history" className="pt-4">
          <AlertList isFiring={false} canWrite={canWrite} onRules={() => onTab("rules")} />
        </TabPanel>
        <TabPanel value="rules" className="pt-4">
          <RulesTab canWrite={canWrite} />
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
