import { Tabs as Radix } from "radix-ui";
import type { ReactNode } from "react";
import { cx } from "@/lib/cx";

export interface Tab {
  value: string;
  label: ReactNode;
  /** A number beside the label, left out when undefined. */
  count?: number | undefined;
}

export interface TabsProps {
  value: string;
  onChange: (value: string) => void;
  tabs: readonly Tab[];
  label: string;
  /** At the right end of the row. */
  actions?: ReactNode;
  className?: string;
  /** `TabPanel`s. */
  children?: ReactNode;
}

export function Tabs({ value, onChange, tabs, label, actions, className, children }: TabsProps) {
  return (
    <Radix.Root value={value} onValueChange={onChange} className={cx("flex min-h-0 min-w-0 flex-col", className)}>
      <div className="flex items-end gap-3 border-line border-b">
        <Radix.List aria-label={label} className="-mb-px flex min-w-0 flex-1 gap-4 overflow-x-auto">
          {tabs.map((tab) => (
            <Radix.Trigger
              key={tab.value}
              value={tab.value}
              className={cx(
                "inline-flex shrink-0 items-center gap-1.5 whitespace-nowrap border-transparent border-b-2 pt-1 pb-2 font-medium text-muted text-sm",
                "transition-colors hover:text-fg data-[state=active]:border-accent data-[state=active]:text-fg",
              )}
            >
              {tab.label}
              {tab.count !== undefined && (
                <span className="rounded-full bg-sunken px-1.5 text-2xs text-muted tabular-nums">{tab.count}</span>
              )}
            </Radix.Trigger>
          ))}
        </Radix.List>
        {actions && <div className="flex items-center gap-2 pb-1.5">{actions}</div>}
      </div>
      {children}
    </Radix.Root>
  );
}

export function TabPanel({ value, className, children }: { value: string; className?: string; children: ReactNode }) {
  return (
    <Radix.Content value={value} className={cx("min-h-0 min-w-0 outline-none", className)}>
      {children}
    </Radix.Content>
  );
}
