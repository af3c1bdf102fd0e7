import { createFileRoute, useNavigate } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { useCan } from "@/api/session";
import { Page } from "@/components/ui/page";
import { AgentSection } from "@/features/home/agent-section";
import { Attention } from "@/features/home/attention";
import { FiguresSkeleton } from "@/features/home/figures-skeleton";
import { FiringAlerts } from "@/features/home/firing-alerts";
import { RangeSwitch } from "@/features/home/range-switch";
import { type HomeRange, isHomeRange } from "@/features/home/ranges";
import { RunSection } from "@/features/home/run-section";
import { TeamSection } from "@/features/home/team-section";
import { useUnderstood } from "../../understood";

const GettingStarted = lazy(() => import("@/features/home/getting-started"));
const Figures = lazy(() => import("@/features/home/figures"));

export const Route = createFileRoute("/_app/")({
  validateSearch: (search: Record<string, unknown>): { range?: HomeRange } =>
    isHomeRange(search.range) ? { range: search.range } : {},
  component: Home,
});

function Home() {
  const { range = "24h" } = useUnderstood(Route);
  const navigate = useNavigate();
  const can = useCan();
  const onRange = (next: HomeRange) =>
    void navigate({ to: "/", search: next === "24h" ? {} : { range: next }, replace: true });
  return (
    <Page
      title="Home"
      description="What needs your attention, active runs, and recent runs."
      actions={<RangeSwitch range={range} onRange={onRange} />}
    >
      <Suspense fallback={null}>
        <GettingStarted />
      </Suspense>
      <Suspense fallback={<FiguresSkeleton />}>
        <Figures range={range} canReadUsage={can("usage:read")} />
      </Suspense>
      <FiringAlerts />
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 lg:grid-cols-[repeat(2,minmax(0,1fr))]">
        <Attention />
        <RunSection title="Active runs" status="running" limit={6} nothing="No active runs." />
        <RunSection title="Recent runs" status={null} limit={8} nothing="No runs yet." />
        <AgentSection range={range} />
        <TeamSection range={range} />
      </div>
    </Page>
  );
}
