import { useQuery } from "@tanstack/react-query";
import { Eraser } from "lucide-react";
import { useState } from "react";
import { useCan, useSession } from "@/api/session";
import type { Erasure } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Section } from "@/components/ui/card";
import { EmptyState } from "@/components/ui/empty-state";
import { Loaded } from "@/components/ui/page-states";
import { RelativeTime } from "@/components/ui/time";
import { plural } from "@/lib/format";
import { erasuresQuery } from "./api";
import { CertificateDialog } from "./certificate-dialog";
import { EraseDialog } from "./erase-dialog";

const KIND: Record<Erasure["kind"], string> = { person: "Person", agent: "Agent", organization: "Organization" };
const PHASE: Record<Erasure["phase"], string> = {
  requested: "Waiting for a worker; nothing is deleted yet.",
  runs: "Runs and their files are being deleted.",
  rows: "Other records are being deleted.",
  search: "Every table is being searched for what is left.",
  finished: "",
};

/** What was erased completely, with its progress and its certificate, and the way to erase more. */
export function ErasuresPage() {
  const erasures = useQuery(erasuresQuery);
  const can = useCan();
  const { user } = useSession();
  const [isAsking, setIsAsking] = useState(false);
  const [shown, setShown] = useState<string | null>(null);
  const mayErase = can("organization:write") || user.is_superuser;
  return (
    <Section
      title="Erasure"
      description="Erases a person, an agent or the organization with everything that came from it, and certifies what is left."
      actions={
        mayErase && (
          <Button variant="danger-ghost" onClick={() => setIsAsking(true)}>
            Erase…
          </Button>
        )
      }
      flush
    >
      <Loaded query={erasures}>
        {(data) =>
          data.length === 0 ? (
            <EmptyState icon={Eraser} title="Nothing was erased yet">
              Erasures and their certificates are listed here.
            </EmptyState>
          ) : (
            <ul className="divide-y divide-line">
              {data.map((erasure) => (
                <Row key={erasure.id} erasure={erasure} onShow={() => setShown(erasure.id)} />
              ))}
            </ul>
          )
        }
      </Loaded>
      {isAsking && <EraseDialog onClose={() => setIsAsking(false)} />}
      {shown && <CertificateDialog erasureId={shown} onClose={() => setShown(null)} />}
    </Section>
  );
}

function Row({ erasure, onShow }: { erasure: Erasure; onShow: () => void }) {
  const isFinished = erasure.phase === "finished";
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
      <div className="min-w-0 flex-1 basis-60">
        <p className="flex flex-wrap items-center gap-1.5 font-medium text-fg text-sm">
          <span className="wrap-anywhere">
            {KIND[erasure.kind]} {erasure.target_id}
          </span>
          {isFinished ? <Badge>Erased</Badge> : <Badge tone="danger">Erasing</Badge>}
        </p>
        <p className="text-muted text-xs">
          {plural(erasure.rows_deleted, "record")} and {plural(erasure.files_deleted, "file")} deleted,{" "}
          <RelativeTime at={erasure.finished_at ?? erasure.requested_at} />. {PHASE[erasure.phase]}
        </p>
        {erasure.error !== null && <p className="text-warning text-xs">The last attempt failed: {erasure.error}</p>}
      </div>
      {isFinished && (
        <Button size="sm" aria-label={`Certificate of ${erasure.target_id}`} onClick={onShow}>
          Certificate
        </Button>
      )}
    </li>
  );
}
