import { useState } from "react";
import { VersionDiff } from "@/components/version-diff";
import type { DeployTarget } from "./api";

interface Props {
  target: DeployTarget;
  version: number;
  /** The deployed version. */
  against: number;
}

/** What a version changes for callers, loaded when it is opened. */
export function Compared({ target, version, against }: Props) {
  const [isOpen, setOpen] = useState(false);
  const { type, id } = target;
  if (type === "workflow") return null;
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="cursor-pointer text-muted text-xs hover:text-fg">
        Changes from the deployed version {against} to version {version}
      </summary>
      {isOpen && (
        <div className="mt-2">
          <VersionDiff target={{ type, id }} version={version} against={against} />
        </div>
      )}
    </details>
  );
}
