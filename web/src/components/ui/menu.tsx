import type { LucideIcon } from "lucide-react";
import { Check } from "lucide-react";
import { DropdownMenu as Radix } from "radix-ui";
import type { ReactNode } from "react";
import { cx } from "@/lib/cx";
import { defined } from "@/lib/defined";
import { Kbd } from "./kbd";

export interface MenuProps {
  /** The element that opens it; it must take a ref and props. */
  trigger: ReactNode;
  children: ReactNode;
  /** Whether it is open, where that is decided elsewhere: by a key. */
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
  align?: "start" | "end";
  side?: "top" | "right" | "bottom" | "left";
  className?: string;
}

export function Menu({ trigger, children, open, onOpenChange, align = "end", side = "bottom", className }: MenuProps) {
  return (
    <Radix.Root modal={false} {...defined({ open, onOpenChange })}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          align={align}
          side={side}
          sideOffset={4}
          collisionPadding={8}
          className={cx(
            "z-50 max-h-[var(--radix-dropdown-menu-content-available-height)] min-w-44 max-w-80 animate-pop overflow-y-auto",
            "rounded-lg border border-line bg-raised p-1 shadow-pop",
            className,
          )}
        >
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

export interface MenuItemProps {
  icon?: LucideIcon;
  shortcut?: string;
  tone?: "plain" | "danger";
  disabled?: boolean;
  /** Shows a tick: the one of several that holds now. */
  checked?: boolean;
  onSelect?: () => void;
  /** Renders the child (a link) as the item. */
  asChild?: boolean;
  children: ReactNode;
}

const ITEM = cx(
  "flex min-h-7 w-full cursor-pointer select-none items-center gap-2 rounded-md px-2 py-1 text-sm outline-none",
  "data-[disabled]:pointer-events-none data-[highlighted]:bg-hover data-[disabled]:opacity-50",
);

export function MenuItem({
  icon: Icon,
  shortcut,
  tone = "plain",
  disabled = false,
  checked,
  onSelect,
  asChild,
  children,
}: MenuItemProps) {
  const className = cx(ITEM, tone === "danger" ? "text-danger data-[highlighted]:bg-danger-soft" : "text-fg");
  if (asChild) {
    return (
      <Radix.Item asChild disabled={disabled} className={className} {...(onSelect ? { onSelect } : {})}>
        {children}
      </Radix.Item>
    );
  }
  const body = (
    <>
      {Icon && <Icon aria-hidden className={cx("size-3.5 shrink-0", tone === "danger" ? "" : "text-faint")} />}
      <span className="min-w-0 flex-1 truncate">{children}</span>
      {checked && <Check aria-hidden className="size-3.5 shrink-0 text-accent-text" />}
      {shortcut && <Kbd>{shortcut}</Kbd>}
    </>
  );
  if (checked !== undefined) {
    return (
      <Radix.CheckboxItem checked={checked} disabled={disabled} className={className} {...(onSelect ? { onSelect } : {})}>
        {body}
      </Radix.CheckboxItem>
    );
  }
  return (
    <Radix.Item disabled={disabled} className={className} {...(onSelect ? { onSelect } : {})}>
      {body}
    </Radix.Item>
  );
}

export function MenuLabel({ children }: { children: ReactNode }) {
  return (
    <Radix.Label className="px-2 pt-1.5 pb-1 font-medium text-2xs text-faint uppercase tracking-wide">
      {children}
    </Radix.Label>
  );
}

export function MenuSeparator() {
  return <Radix.Separator className="-mx-1 my-1 h-px bg-line" />;
}
