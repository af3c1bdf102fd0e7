import { CircleStop, Undo2 } from "lucide-react";
import { useState } from "react";
import type { Deployment } from "@/api/types";
import { Button } from "@/components/ui/button";
import { ErrorNotice, Notice } from "@/components/ui/notice";
import { StatusBadge, StatusIcon } from "@/components/ui/status-badge";
import { RelativeTime } from "@/components/ui/time";
import { cx } from "@/lib/cx";
import { absoluteTime } from "@/lib/format";
import { type DeployTarget, useDeploymentAction } from "./api";
import { Compared } from "./compared";

interface Props {
  target: DeployTarget;
  deployment: Deployment;
  current: Deployment | undefined;
  canWrite: boolean;
}

const TRIGGERS: Record<Deployment["trigger_type"], string> = {
  manual: "manual",
  config_change: "saved version",
  scheduled: "scheduled",
};

/** One deployment: how it went, check by check, and the action that rolls back to it. */
export function DeploymentRow(props: Props) {
  const { deployment } = props;
  const [isToggled, setToggled] = useState(false);
  const isOpen = isToggled || deployment.status === "deploying";
  return (
    <li className={cx("rounded-lg border", isOpen ? "border-line-strong" : "border-line")}>
      <button
        type="button"
        aria-expanded={isOpen}
        onClick={() => setToggled(!isToggled)}
        className="flex w-full items-center gap-3 rounded-lg px-3 py-2.5 text-left hover:bg-hover"
      >
        <StatusBadge status={deployment.status} />
        <span className="min-w-0 flex-1">
          <span className="block font-medium text-fg">Version {deployment.version}</span>
          <span className="block truncate text-muted text-xs">
            {deployment.error_message ?? (deployment.note || TRIGGERS[deployment.trigger_type])} ·{" "}
            {deployment.created_by_name ?? "Retinue"}
          </span>
        </span>
        <RelativeTime at={deployment.created_at} className="shrink-0 text-faint text-xs" />
      </button>
      {isOpen && <Details {...props} />}
    </li>
  );
}

function Details({ target, deployment, current, canWrite }: Props) {
  const scheduledAt = deployment.trigger_config.deploy_at;
  return (
    <div className="flex flex-col gap-3 border-line border-t px-3 py-3">
      {deployment.error_message && <Notice tone="danger">{deployment.error_message}</Notice>}
      {deployment.status === "pending" && typeof scheduledAt === "string" && (
        <p className="text-muted text-sm">Starts at {absoluteTime(scheduledAt)}.</p>
      )}
      {deployment.checks.length > 0 && (
        <ul aria-label="Checks" className="grid gap-1 sm:grid-cols-3">
          {deployment.checks.map((check) => (
            <li key={check.name} className="flex items-center gap-1.5 text-sm">
              <StatusIcon status={check.status} className="size-3.5" />
              {check.name}
            </li>
          ))}
        </ul>
      )}
      {canWrite && <Actions deployment={deployment} />}
      {current && current.version !== deployment.version && (
        <Compared target={target} version={deployment.version} against={current.version} />
      )}
    </div>
  );
}

function Actions({ deployment }: { readonly deployment: Deployment }) {
  const rollBack = useDeploymentAction("roll-back");
  const stop = useDeploymentAction("stop");
  const isUnderWay = deployment.status === "pending" || deployment.status === "deploying";
  const canRollBack = deployment.deployed_at !== null && deployment.status !== "deployed";
  if (!isUnderWay && !canRollBack) return null;
  return (
    <>
      <ErrorNotice error={rollBack.error ?? stop.error} />
      <div className="flex justify-end gap-2">
        {canRollBack && (
          <Button size="sm" icon={Undo2} busy={rollBack.isPending} onClick={() => rollBack.mutate(deployment.id)}>
            Roll back to this
          </Button>
        )}
        {isUnderWay && (
          <Button size="sm" icon={CircleStop} busy={stop.isPending} onClick={() => stop.mutate(deployment.id)}>
            Stop
          </Button>
        )}
      </div>
    </>
  );
}
