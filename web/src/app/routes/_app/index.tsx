import { createFileRoute } from "@tanstack/react-router";
import { Page } from "@/components/ui/page";
import { AgentSection } from "@/features/home/agent-section";
import { Attention } from "@/features/home/attention";
import { RunSection } from "@/features/home/run-section";

export const Route = createFileRoute("/_app/")({ component: Home });

function Home() {
  return (
    <Page title="Home" description="What needs your attention, active runs, and recent runs.">
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 lg:grid-cols-[repeat(2,minmax(0,1fr))]">
        <Attention />
        <RunSection title="Active runs" status="running" limit={6} nothing="No active runs." />
        <RunSection title="Recent runs" status={null} limit={8} nothing="No runs yet." />
        <AgentSection />
      </div>
    </Page>
  );
}
