import { Download, Files, FileText, Image, Table2 } from "lucide-react";
import type { Artifact } from "@/api/types";
import { FilePreview } from "@/components/files/file-preview";
import { buttonClass } from "@/components/ui/button";
import { CopyButton } from "@/components/ui/copy-button";
import { EmptyState } from "@/components/ui/empty-state";
import { cx } from "@/lib/cx";
import { bytes } from "@/lib/format";

interface Props {
  readonly artifacts: readonly Artifact[];
  readonly selected: string | undefined;
  readonly onSelect: (artifactId: string) => void;
}

/** The files of a run: a list, and what is in the one that is chosen. */
export function ArtifactsTab({ artifacts, selected, onSelect }: Props) {
  const shown = artifacts.find((one) => one.id === selected) ?? artifacts[0];
  if (!shown)
    return (
      <EmptyState icon={Files} title="No files">
        Files written by the run's tools appear here.
      </EmptyState>
    );
  return (
    <div className="flex h-full min-h-0 flex-col md:flex-row">
      <ul
        aria-label="Files"
        className="max-h-40 shrink-0 overflow-auto border-line p-2 max-md:border-b md:max-h-none md:w-60 md:border-r"
      >
        {artifacts.map((artifact) => (
          <li key={artifact.id}>
            <button
              type="button"
              aria-current={artifact.id === shown.id}
              className={cx(
                "flex w-full items-center gap-2.5 rounded-md px-2.5 py-2 text-left text-sm",
                artifact.id === shown.id ? "bg-selected" : "hover:bg-hover",
              )}
              onClick={() => onSelect(artifact.id)}
            >
              <TypeIcon type={artifact.type} />
              <span className="min-w-0 flex-1 truncate">{artifact.name}</span>
              <span className="text-xs tabular-nums text-muted">{bytes(artifact.size)}</span>
            </button>
          </li>
        ))}
      </ul>
      <section aria-label={shown.name} className="flex min-h-0 min-w-0 flex-1 flex-col">
        <header className="flex flex-wrap items-center gap-x-4 gap-y-1 border-b border-line px-4 py-2.5">
          <div className="min-w-0">
            <h2 className="truncate text-sm font-medium">{shown.name}</h2>
            <p className="flex items-center gap-1.5 text-xs text-muted">
              {shown.type} · {bytes(shown.size)} ·
              <span className="max-w-40 truncate font-mono" title={shown.checksum}>
                {shown.checksum}
              </span>
              <CopyButton label="Copy the checksum" text={shown.checksum} />
            </p>
          </div>
          <a href={shown.url} download={shown.name} className={buttonClass("secondary", "sm", "ml-auto")}>
            <Download aria-hidden="true" className="size-3.5" /> Download
          </a>
        </header>
        <div className="min-h-0 flex-1 overflow-auto">
          <FilePreview key={shown.id} file={shown} />
        </div>
      </section>
    </div>
  );
}

function TypeIcon({ type }: { readonly type: string }) {
  const Icon = type.startsWith("image/") ? Image : type.includes("csv") ? Table2 : FileText;
  return <Icon aria-hidden="true" className="size-4 shrink-0 text-muted" />;
}
