import { type ChangeEvent, useRef } from "react";
import { useSession } from "@/api/session";
import { Avatar } from "@/components/ui/avatar";
import { Button } from "@/components/ui/button";
import { ErrorNotice } from "@/components/ui/notice";
import { useDeleteAvatar, useUploadAvatar } from "./api";

/** The picture, with buttons to upload and to delete it; both are saved at once. */
export function Picture() {
  const { user } = useSession();
  const input = useRef<HTMLInputElement>(null);
  const upload = useUploadAvatar();
  const remove = useDeleteAvatar();

  function onChange(event: ChangeEvent<HTMLInputElement>): void {
    const file = event.target.files?.[0];
    event.target.value = "";
    if (file) upload.mutate(file);
  }

  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center gap-3">
        <Avatar name={user.full_name || user.email} imageUrl={user.avatar_url} className="size-12 text-lg" />
        <div className="min-w-0 flex-1">
          <p className="truncate font-medium text-fg">{user.email}</p>
          <p className="text-muted text-xs">The address you sign in with.</p>
        </div>
        <div className="flex gap-2">
          <input
            ref={input}
            type="file"
            accept="image/png,image/jpeg,image/gif,image/webp"
            aria-label="Picture file"
            tabIndex={-1}
            className="sr-only"
            onChange={onChange}
          />
          <Button size="sm" busy={upload.isPending} onClick={() => input.current?.click()}>
            Upload picture
          </Button>
          {user.avatar_url && (
            <Button size="sm" variant="ghost" busy={remove.isPending} onClick={() => remove.mutate()}>
              Delete picture
            </Button>
          )}
        </div>
      </div>
      <ErrorNotice error={upload.error ?? remove.error} />
    </div>
  );
}
