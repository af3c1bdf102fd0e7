import { useInfiniteQuery } from "@tanstack/react-query";
import { Link2, Trash2 } from "lucide-react";
import { useState } from "react";
import type { ConversationShare, ShareAudience } from "@/api/types";
import { Button, IconButton } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { ErrorNotice } from "@/components/ui/notice";
import { Loaded } from "@/components/ui/page-states";
import { SecretOnce } from "@/components/ui/secret-once";
import { Select } from "@/components/ui/select";
import { RelativeTime } from "@/components/ui/time";
import { useToast } from "@/components/ui/toast";
import { plural } from "@/lib/format";
import { conversationShares, useCreateShare, useRevokeShare } from "./shares-api";

const AUDIENCES: readonly (readonly [ShareAudience, string])[] = [
  ["members", "Members of the organization, signed in"],
  ["anyone", "Anyone who has the link"],
];
const DAYS: readonly (readonly [number, string])[] = [
  [1, "1 day"],
  [7, "7 days"],
  [30, "30 days"],
  [90, "90 days"],
];
const USUAL_DAYS = 30;

interface Props {
  readonly conversationId: string;
  readonly onClose: () => void;
}

/** Links by which others read a conversation: created, listed, revoked. */
export function ShareDialog({ conversationId, onClose }: Props) {
  const create = useCreateShare(conversationId);
  const [audience, setAudience] = useState<ShareAudience>("members");
  const [days, setDays] = useState(USUAL_DAYS);
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title="Share by link"
      description="Others read the messages so far. Later messages, steps, and the contents of files stay private."
    >
      <div className="flex flex-col gap-4">
        <div className="grid gap-3 sm:grid-cols-2">
          <Field label="Who may read">
            {(control) => (
              <Select {...control} value={audience} onChange={(event) => setAudience(event.target.value as ShareAudience)}>
                {AUDIENCES.map(([value, label]) => (
                  <option key={value} value={value}>
                    {label}
                  </option>
                ))}
              </Select>
            )}
          </Field>
          <Field label="Expires after">
            {(control) => (
              <Select {...control} value={days} onChange={(event) => setDays(Number(event.target.value))}>
                {DAYS.map(([value, label]) => (
                  <option key={value} value={value}>
                    {label}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        </div>
        <ErrorNotice error={create.error} />
        <Button
          variant="primary"
          icon={Link2}
          className="self-start"
          busy={create.isPending}
          onClick={() => create.mutate({ audience, expires_in_days: days })}
        >
          Create link
        </Button>
        {create.data && <SecretOnce what="link" text={create.data.url} hint="You can revoke it below." />}
        <Links conversationId={conversationId} />
      </div>
    </Dialog>
  );
}

function Links({ conversationId }: { readonly conversationId: string }) {
  const shares = useInfiniteQuery(conversationShares(conversationId));
  return (
    <Loaded query={shares}>
      {(data) => {
        const links = data.pages.flatMap((page) => page.items);
        if (links.length === 0) return <p className="text-muted text-sm">There are no links to this conversation.</p>;
        return (
          <ul aria-label="Links" className="flex flex-col divide-y divide-line">
            {links.map((share) => (
              <Row key={share.id} share={share} />
            ))}
          </ul>
        );
      }}
    </Loaded>
  );
}

function Row({ share }: { readonly share: ConversationShare }) {
  const revoke = useRevokeShare(share.conversation_id);
  const toast = useToast();
  const who = share.audience === "members" ? "Members" : "Anyone with the link";
  const onSuccess = () => toast.success("Link revoked.");
  return (
    <li className="flex items-center gap-3 py-2 text-sm">
      <span className="min-w-0 flex-1">
        {who} · {plural(share.message_count, "message")}
        <span className="block text-muted text-xs">
          Created <RelativeTime at={share.created_at} />, expires <RelativeTime at={share.expires_at} />
        </span>
      </span>
      <IconButton
        size="sm"
        icon={Trash2}
        label={`Revoke the link for ${who.toLowerCase()}`}
        disabled={revoke.isPending}
        onClick={() => revoke.mutate(share.id, { onSuccess, onError: toast.danger })}
      />
    </li>
  );
}
