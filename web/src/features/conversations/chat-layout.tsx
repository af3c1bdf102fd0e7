import type { ReactNode } from "react";
import { cx } from "@/lib/cx";
import { ConversationList } from "./conversation-list";

interface Props {
  readonly selected: string | undefined;
  /** On a narrow window only one of the two has room. */
  readonly showsList: boolean;
  readonly canWrite: boolean;
  readonly onGone: () => void;
  readonly children: ReactNode;
}

/** The list of conversations beside the one that is open. */
export function ChatLayout({ selected, showsList, canWrite, onGone, children }: Props) {
  return (
    <div className="flex h-full min-h-0">
      <div
        className={cx("w-full shrink-0 border-line bg-surface md:block md:w-72 md:border-r", !showsList && "max-md:hidden")}
      >
        {showsList && <h1 className="sr-only md:hidden">Conversations</h1>}
        <ConversationList selected={selected} canWrite={canWrite} onGone={onGone} />
      </div>
      <div className={cx("min-w-0 flex-1", showsList && "max-md:hidden")}>{children}</div>
    </div>
  );
}
