import { AlertDialog as Radix } from "radix-ui";
import type { ReactNode } from "react";
import { Button } from "./button";

export interface ConfirmDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  /** What will happen, and what cannot be undone. */
  children: ReactNode;
  confirmLabel: string;
  tone?: "danger" | "primary";
  busy?: boolean;
  error?: ReactNode;
  onConfirm: () => void;
}

/** Asks before something that cannot be undone. It stays open until the caller closes it, so that a refusal can be read. */
export function ConfirmDialog({
  open,
  onOpenChange,
  title,
  children,
  confirmLabel,
  tone = "danger",
  busy = false,
  error,
  onConfirm,
}: ConfirmDialogProps) {
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-50 animate-fade-in bg-overlay" />
        <Radix.Content className="fixed inset-x-2 top-[18dvh] z-50 mx-auto animate-pop rounded-xl border border-line bg-raised p-5 shadow-pop sm:max-w-md">
          <Radix.Title className="font-semibold text-fg text-lg">{title}</Radix.Title>
          <Radix.Description asChild>
            <div className="mt-1.5 text-muted text-sm">{children}</div>
          </Radix.Description>
          {error && <div className="mt-3">{error}</div>}
          <div className="mt-5 flex justify-end gap-2">
            <Radix.Cancel asChild>
              <Button>Cancel</Button>
            </Radix.Cancel>
            <Button variant={tone} busy={busy} onClick={onConfirm}>
              {confirmLabel}
            </Button>
          </div>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
