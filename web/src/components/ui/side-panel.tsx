import { X } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import type { ReactNode } from "react";
import { cx } from "@/lib/cx";
import { IconButton } from "./button";
import { focusOnOpen } from "./open-focus";

export interface SidePanelProps {
  open: boolean;
  onClose: () => void;
  title: ReactNode;
  /** Beside the close button: "open full" and the like. */
  actions?: ReactNode;
  width?: "md" | "lg";
  /** No inner padding: the content brings its own frame. */
  flush?: boolean;
  children: ReactNode;
  footer?: ReactNode;
}

/** A sheet at the right for one row of a list; the list keeps its place under it. On a phone it takes the whole width. */
export function SidePanel({ open, onClose, title, actions, width = "md", flush = false, children, footer }: SidePanelProps) {
  return (
    <Radix.Root open={open} onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-30 animate-fade-in bg-overlay" />
        <Radix.Content
          aria-describedby={undefined}
          onOpenAutoFocus={focusOnOpen}
          className={cx(
            "fixed inset-y-0 right-0 z-30 flex w-full animate-slide-in flex-col border-line border-l bg-raised shadow-pop",
            width === "md" ? "sm:w-[34rem]" : "sm:w-[48rem]",
          )}
        >
          <div className="flex min-h-13 items-center gap-2 border-line border-b px-4 py-2">
            <Radix.Title className="min-w-0 flex-1 truncate font-semibold text-base text-fg">{title}</Radix.Title>
            {actions}
            <Radix.Close asChild>
              <IconButton label="Close" icon={X} size="sm" />
            </Radix.Close>
          </div>
          <div className={cx("min-h-0 flex-1 overflow-y-auto", !flush && "p-4")}>{children}</div>
          {footer && <div className="flex flex-wrap justify-end gap-2 border-line border-t px-4 py-3">{footer}</div>}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
