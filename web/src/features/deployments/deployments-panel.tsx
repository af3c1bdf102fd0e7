import { useInfiniteQuery } from "@tanstack/react-query";
import type { Deployment } from "@/api/types";
import { LoadMore } from "@/components/ui/load-more";
import { Loaded } from "@/components/ui/page-states";
import { SidePanel } from "@/components/ui/side-panel";
import { type DeployTarget, deploymentPages } from "./api";
import { Current } from "./current";
import { DeployForm } from "./deploy-form";
import { DeploymentRow } from "./deployment-row";

interface Props {
  target: DeployTarget;
  canWrite: boolean;
  onClose: () => void;
}

/** What callers of a target's URL get: the deployed version, how to call it, and every deployment before. */
export function DeploymentsPanel({ target, canWrite, onClose }: Props) {
  const deployments = useInfiniteQuery(deploymentPages({ target_id: target.id }));
  return (
    <SidePanel open onClose={onClose} title={`Deployments of ${target.name}`} width="lg">
      <Loaded query={deployments}>
        {(data) => {
          const rows = data.pages.flatMap((page) => page.items);
          const current = rows.find((row) => row.status === "deployed");
          return (
            <div className="flex flex-col gap-5">
              <Current target={target} current={current} previous={previousOf(rows, current)} canWrite={canWrite} />
              {canWrite && <DeployForm target={target} current={current} />}
              {rows.length > 0 && (
                <section aria-label="History" className="flex flex-col gap-1.5">
                  <h3 className="font-medium text-muted text-xs">History</h3>
                  <ol className="flex flex-col gap-1.5">
                    {rows.map((row) => (
                      <DeploymentRow key={row.id} target={target} deployment={row} current={current} canWrite={canWrite} />
                    ))}
                  </ol>
                </section>
              )}
            </div>
          );
        }}
      </Loaded>
      <LoadMore query={deployments} />
    </SidePanel>
  );
}

/** The deployment of another version that was deployed last before the present one. */
function previousOf(rows: readonly Deployment[], current: Deployment | undefined): Deployment | undefined {
  return rows
    .filter((row) => row.status !== "deployed" && row.deployed_at !== null && row.version !== current?.version)
    .sort((left, right) => (right.deployed_at ?? "").localeCompare(left.deployed_at ?? ""))[0];
}
