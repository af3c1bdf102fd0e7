import type { LucideIcon } from "lucide-react";
import { IconButton } from "@/components/ui/button";

interface Props {
  readonly label: string;
  readonly icon: LucideIcon;
  /** The key that does the same. */
  readonly shortcut?: string;
  /** A button that stays down; leave it out for one that only acts. */
  readonly isPressed?: boolean;
  readonly onClick: () => void;
}

/** A button of a drawing's tool bar. */
export function ToolButton({ label, icon, shortcut, isPressed, onClick }: Props) {
  return (
    <IconButton
      label={label}
      icon={icon}
      size="sm"
      {...(shortcut === undefined ? {} : { shortcut })}
      {...(isPressed === undefined ? {} : { "aria-pressed": isPressed })}
      className={isPressed ? "bg-selected text-accent-text" : ""}
      onClick={onClick}
    />
  );
}
