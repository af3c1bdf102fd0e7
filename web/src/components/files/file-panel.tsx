import { Download } from "lucide-react";
import { lazy, Suspense } from "react";
import { buttonClass } from "@/components/ui/button";
import { SidePanel } from "@/components/ui/side-panel";
import { Skeleton } from "@/components/ui/skeleton";
import { bytes } from "@/lib/format";
import type { PreviewedFile } from "./file-preview";

const FilePreview = lazy(() => import("./file-preview").then((module) => ({ default: module.FilePreview })));

/** What is in a file, beside the page. */
export function FilePanel({ file, onClose }: { readonly file: PreviewedFile; readonly onClose: () => void }) {
  return (
    <SidePanel
      open
      onClose={onClose}
      title={file.name}
      width="lg"
      flush
      actions={
        <>
          <span className="shrink-0 text-muted text-xs">{bytes(file.size)}</span>
          <a href={file.url} download={file.name} className={buttonClass("secondary", "sm")}>
            <Download aria-hidden="true" className="size-3.5" /> Download
          </a>
        </>
      }
    >
      <Suspense fallback={<Skeleton className="m-4 h-48" />}>
        <FilePreview file={file} />
      </Suspense>
    </SidePanel>
  );
}
