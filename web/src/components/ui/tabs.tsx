import { ChevronsRight } from "lucide-react";
import { Tabs as Radix } from "radix-ui";
import { type ReactNode, type RefObject, useLayoutEffect, useRef, useState } from "react";
import { cx } from "@/lib/cx";
import { IconButton } from "./button";
import { Menu, MenuItem } from "./menu";

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
  /** Of the row of tabs. */
  listClassName?: string;
  /** `TabPanel`s. */
  children?: ReactNode;
}

export function Tabs({ value, onChange, tabs, label, actions, className, listClassName, children }: TabsProps) {
  const list = useRef<HTMLDivElement>(null);
  const isCut = useCut(list, value, tabs.length);
  return (
    <Radix.Root value={value} onValueChange={onChange} className={cx("flex min-h-0 min-w-0 flex-col", className)}>
      <div className={cx("flex items-end gap-3 border-line border-b", listClassName)}>
        <Radix.List
          ref={list}
          aria-label={label}
          className="-mb-px flex min-w-0 flex-1 gap-4 overflow-x-auto [scrollbar-width:none]"
        >
          {tabs.map((tab) => (
            <Radix.Trigger
              key={tab.value}
              value={tab.value}
              className={cx(
                "inline-flex shrink-0 items-center gap-1.5 whitespace-nowrap border-transparent border-b-2 pt-1 pb-2 font-medium text-muted text-sm focus-visible:-outline-offset-2",
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
        {isCut && (
          <div className="pb-1">
            <Menu trigger={<IconButton size="sm" label="All tabs" icon={ChevronsRight} />}>
              {tabs.map((tab) => (
                <MenuItem key={tab.value} checked={tab.value === value} onSelect={() => onChange(tab.value)}>
                  {tab.label}
                </MenuItem>
              ))}
            </Menu>
          </div>
        )}
        {actions && <div className="flex items-center gap-2 pb-1.5">{actions}</div>}
      </div>
      {children}
    </Radix.Root>
  );
}

/** Whether the row has more tabs than room; the chosen one is brought into sight. */
function useCut(list: RefObject<HTMLDivElement | null>, value: string, count: number): boolean {
  const [isCut, setCut] = useState(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another tab, or more of them, is measured again
  useLayoutEffect(() => {
    const row = list.current;
    if (!row) return;
    const chosen = row.querySelector<HTMLElement>("[data-state=active]");
    const measure = () => setCut(row.scrollWidth > row.clientWidth + 1);
    measure();
    if (chosen) {
      const end = chosen.offsetLeft + chosen.offsetWidth - row.offsetLeft;
      const start = chosen.offsetLeft - row.offsetLeft;
      if (start < row.scrollLeft) row.scrollLeft = start;
      else if (end > row.scrollLeft + row.clientWidth) row.scrollLeft = end - row.clientWidth;
    }
    const observer = new ResizeObserver(measure);
    observer.observe(row);
    return () => observer.disconnect();
  }, [list, value, count]);
  return isCut;
}

interface TabPanelProps {
  value: string;
  className?: string;
  /** Stays as it is while another is shown. */
  isKept?: boolean;
  children: ReactNode;
}

export function TabPanel({ value, className, isKept = false, children }: TabPanelProps) {
  return (
    <Radix.Content
      value={value}
      {...(isKept ? { forceMount: true } : {})}
      className={cx("min-h-0 min-w-0 outline-none", isKept && "data-[state=inactive]:hidden", className)}
    >
      {children}
    </Radix.Content>
  );
}
