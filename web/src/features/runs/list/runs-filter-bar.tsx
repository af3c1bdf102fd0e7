import { useQuery } from "@tanstack/react-query";
import { SlidersHorizontal, X } from "lucide-react";
import { useState } from "react";
import type { RunStatus } from "@/api/types";
import { Button } from "@/components/ui/button";
import { FilterSelect } from "@/components/ui/filter-select";
import { Pill } from "@/components/ui/pill";
import { SearchBox } from "@/components/ui/search-box";
import { TimeFilter } from "@/components/ui/time-filter";
import { cx } from "@/lib/cx";
import { duration, money } from "@/lib/format";
import { agentNames } from "../api";
import { OUTCOME_LABEL, RUN_STATUS_LABEL, TRIGGER_LABEL } from "../labels";
import { LabelFilter } from "../labels/label-filter";
import type { Change } from "../view/run-search";
import { FEEDBACK, type Feedback, isFiltered, OUTCOMES, type RunsSearch, STATUSES, TRIGGERS } from "./runs-search";

interface Props {
  readonly search: RunsSearch;
  readonly onSearch: (change: Change<RunsSearch>) => void;
  readonly onClear: () => void;
}

/** The filters of the list; they stand in the address, so a filtered list can be sent to someone. */
export function RunsFilterBar({ search, onSearch, onClear }: Props) {
  const agents = useQuery(agentNames());
  const [isFolded, setFolded] = useState(true);
  const toggle = (status: RunStatus) => {
    onSearch({ status: search.status === status ? undefined : status });
  };
  return (
    <search className="flex flex-wrap items-center gap-x-3 gap-y-2 border-line border-b px-4 pb-3 sm:px-6">
      <SearchBox className="w-full sm:w-60" label="Search runs" value={search.q} onChange={(q) => onSearch({ q })} />
      <TimeFilter range={search.range} onRange={(range) => onSearch({ range })} />
      <fieldset className="flex max-w-full gap-1.5 overflow-x-auto">
        <legend className="sr-only">Status</legend>
        {STATUSES.map((status) => (
          <Pill key={status} pressed={search.status === status} onClick={() => toggle(status)}>
            {RUN_STATUS_LABEL[status]}
          </Pill>
        ))}
      </fieldset>
      <Button icon={SlidersHorizontal} className="md:hidden" aria-expanded={!isFolded} onClick={() => setFolded(!isFolded)}>
        More filters
      </Button>
      <div className={cx("flex flex-wrap items-center gap-x-3 gap-y-2 md:contents", isFolded && "max-md:hidden")}>
        <FilterSelect
          label="Outcome"
          all="All outcomes"
          value={search.outcome}
          options={OUTCOMES.map((outcome) => [outcome, OUTCOME_LABEL[outcome]])}
          onChange={(outcome) => onSearch({ outcome })}
        />
        <FilterSelect
          label="Agent"
          all="All agents"
          className="w-40"
          value={search.agent}
          options={agents.data?.map((agent) => [agent.id, agent.name]) ?? []}
          onChange={(agent) => onSearch({ agent })}
        />
        <FilterSelect
          label="Trigger"
          all="All triggers"
          value={search.trigger}
          options={TRIGGERS.map((trigger) => [trigger, TRIGGER_LABEL[trigger]])}
          onChange={(trigger) => onSearch({ trigger })}
        />
        <FilterSelect
          label="Feedback"
          all="All feedback"
          value={search.feedback}
          options={FEEDBACK.map((feedback) => [feedback, FEEDBACK_LABEL[feedback]])}
          onChange={(feedback) => onSearch({ feedback })}
        />
        <FilterSelect
          label="Duration"
          all="Any duration"
          className="w-32"
          value={search.took}
          options={amountsWith(DURATIONS, search.took).map((seconds) => [seconds, `≥ ${duration(seconds * 1000)}`])}
          onChange={(took) => onSearch({ took })}
        />
        <FilterSelect
          label="Cost"
          all="Any cost"
          className="w-28"
          value={search.cost}
          options={amountsWith(COSTS, search.cost).map((usd) => [usd, `≥ ${money(usd)}`])}
          onChange={(cost) => onSearch({ cost })}
        />
        <LabelFilter
          onTag={(tag) => onSearch({ tag: withWord(search.tag, tag) })}
          onEntry={(entry) => onSearch({ metadata: withWord(search.metadata, entry) })}
        />
      </div>
      {search.tag?.map((tag) => (
        <Pill
          key={tag}
          pressed
          removeLabel={`Remove the filter for the tag ${tag}`}
          onRemove={() => onSearch({ tag: withoutWord(search.tag, tag) })}
        >
          <span className="max-w-60 truncate">Tag: {tag}</span>
        </Pill>
      ))}
      {search.metadata?.map((entry) => (
        <Pill
          key={entry}
          pressed
          removeLabel={`Remove the filter for ${entry}`}
          onRemove={() => onSearch({ metadata: withoutWord(search.metadata, entry) })}
        >
          <span className="max-w-60 truncate">{entry}</span>
        </Pill>
      ))}
      {(search.from !== undefined || search.to !== undefined) && (
        <Pill
          pressed
          removeLabel="Remove the filter for the time of the end"
          onRemove={() => onSearch({ from: undefined, to: undefined })}
        >
          Ended {search.from && `from ${shortInstant(search.from)}`} {search.to && `to ${shortInstant(search.to)}`}
        </Pill>
      )}
      {isFiltered(search) && (
        <Button variant="ghost" size="sm" icon={X} onClick={onClear}>
          Clear filters
        </Button>
      )}
    </search>
  );
}

const DURATIONS = [10, 60, 600, 3600];
const COSTS = [0.01, 0.1, 1, 10];
const FEEDBACK_LABEL: Record<Feedback, string> = { up: "Thumbs up", down: "Thumbs down", none: "No feedback" };

/** What is offered, and what an address asks for. */
function amountsWith(offered: readonly number[], asked: number | undefined): number[] {
  return [...new Set(asked === undefined ? offered : [...offered, asked])].sort((a, b) => a - b);
}

function shortInstant(instant: string): string {
  return new Date(instant).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

function withWord(words: readonly string[] = [], word: string): string[] {
  return [...words.filter((each) => each !== word), word];
}

function withoutWord(words: readonly string[] = [], word: string): string[] | undefined {
  const left = words.filter((each) => each !== word);
  return left.length === 0 ? undefined : left;
}
