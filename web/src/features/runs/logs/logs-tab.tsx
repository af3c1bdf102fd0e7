import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDownToLine, ScrollText, WrapText } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import type { Log } from "@/api/types";
import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import { Input } from "@/components/ui/input";
import { Pill } from "@/components/ui/pill";
import { cx } from "@/lib/cx";
import { LEVEL_LABEL } from "../labels";
import { ToolButton } from "../tool-button";
import type { LogLevel } from "../types";
import { countByLevel, filterLogs, LEVELS, type LogFilter, searchOf } from "./log-filter";
import { LogRow } from "./log-row";

interface Props {
  readonly logs: readonly Log[];
  readonly filter: LogFilter;
  readonly onFilter: (filter: LogFilter) => void;
  readonly isLive: boolean;
  readonly hasMore: boolean;
  readonly onMore: () => void;
  readonly selectedStep: string | undefined;
  readonly onSelectStep: (stepId: string) => void;
}

const LINE = 26;
const NEAR_END_PX = 40;

/** Log lines: chips by level, search, a tail that is followed until the reader scrolls away from it. */
export function LogsTab({ logs, filter, onFilter, isLive, hasMore, onMore, selectedStep, onSelectStep }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const [isFollowing, setFollowing] = useState(isLive);
  const [wraps, setWraps] = useState(true);
  const shown = filterLogs(logs, filter);
  const search = searchOf(filter.text);
  const list = useVirtualizer({
    count: shown.length,
    getScrollElement: () => frame.current,
    estimateSize: () => LINE,
    overscan: 20,
    getItemKey: (index) => shown[index]?.id ?? index,
  });
  const items = list.getVirtualItems();
  const lastShown = items.at(-1)?.index ?? 0;

  useEffect(() => {
    if (isFollowing && shown.length > 0) list.scrollToIndex(shown.length - 1, { align: "end" });
  }, [isFollowing, shown.length, list]);

  useEffect(() => {
    if (hasMore && lastShown >= shown.length - 50) onMore();
  }, [hasMore, lastShown, shown.length, onMore]);

  const onScroll = () => {
    const element = frame.current;
    if (!element) return;
    const isAtEnd = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_END_PX;
    if (!isAtEnd && isFollowing) setFollowing(false);
    else if (isAtEnd && isLive && !isFollowing) setFollowing(true);
  };

  return (
    <div className="flex h-full min-h-0 flex-col">
      <div className="flex flex-wrap items-center gap-2 border-b border-line px-3 py-2">
        <LevelChips logs={logs} filter={filter} onFilter={onFilter} />
        <div className="w-56 max-w-full">
          <Input
            type="search"
            aria-label="Search the log"
            aria-invalid={search === "invalid"}
            placeholder="Search, or /expression/"
            value={filter.text}
            onChange={(event) => onFilter({ ...filter, text: event.target.value })}
          />
        </div>
        <div className="ml-auto flex items-center gap-1">
          <span className="mr-1 text-xs tabular-nums text-muted">
            {shown.length === logs.length ? `${logs.length} lines` : `${shown.length} of ${logs.length} lines`}
            {hasMore ? " so far" : ""}
          </span>
          <ToolButton label="Wrap long lines" icon={WrapText} isPressed={wraps} onClick={() => setWraps(!wraps)} />
          {isLive && (
            <Button
              variant={isFollowing ? "secondary" : "ghost"}
              size="sm"
              icon={ArrowDownToLine}
              aria-pressed={isFollowing}
              onClick={() => setFollowing(!isFollowing)}
            >
              Follow
            </Button>
          )}
        </div>
      </div>
      {shown.length === 0 ? (
        <NoLines isFiltered={logs.length > 0} isLive={isLive} onClear={() => onFilter({ levels: [], text: "" })} />
      ) : (
        <div
          ref={frame}
          role="log"
          aria-label="Log"
          aria-live="off"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
          tabIndex={0}
          className="min-h-0 flex-1 overflow-auto"
          onScroll={onScroll}
        >
          <div className={cx("relative", !wraps && "w-max min-w-full")} style={{ height: list.getTotalSize() }}>
            {items.map((item) => {
              const log = shown[item.index];
              return log ? (
                <LogRow
                  key={item.key}
                  ref={list.measureElement}
                  index={item.index}
                  log={log}
                  top={item.start}
                  wraps={wraps}
                  search={search === "invalid" ? null : search}
                  isOfStep={selectedStep !== undefined && log.step_id === selectedStep}
                  onSelectStep={onSelectStep}
                />
              ) : null;
            })}
          </div>
        </div>
      )}
    </div>
  );
}

function LevelChips({
  logs,
  filter,
  onFilter,
}: {
  readonly logs: readonly Log[];
  readonly filter: LogFilter;
  readonly onFilter: (filter: LogFilter) => void;
}) {
  const counts = countByLevel(logs);
  const toggle = (level: LogLevel) => {
    const levels = filter.levels.includes(level) ? filter.levels.filter((one) => one !== level) : [...filter.levels, level];
    onFilter({ ...filter, levels });
  };
  return (
    <fieldset className="flex items-center gap-1">
      <legend className="sr-only">Levels</legend>
      {LEVELS.map((level) => (
        <Pill key={level} pressed={filter.levels.includes(level)} count={counts[level]} onClick={() => toggle(level)}>
          {LEVEL_LABEL[level]}
        </Pill>
      ))}
    </fieldset>
  );
}

function NoLines({
  isFiltered,
  isLive,
  onClear,
}: {
  readonly isFiltered: boolean;
  readonly isLive: boolean;
  readonly onClear: () => void;
}) {
  if (isFiltered)
    return (
      <EmptyState icon={ScrollText} title="No line matches" action={<Button onClick={onClear}>Clear filters</Button>} />
    );
  return <EmptyState icon={ScrollText} title={isLive ? "No log lines yet" : "This run wrote no log lines"} />;
}
