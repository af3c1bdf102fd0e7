import { useQuery } from "@tanstack/react-query";
import { Search, SlidersHorizontal, X } from "lucide-react";
import { useEffect, useState } from "react";
import type { RunOutcome, RunStatus, RunTrigger } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { Pill } from "@/components/ui/pill";
import { Select } from "@/components/ui/select";
import { cx } from "@/lib/cx";
import { duration, money } from "@/lib/format";
import { RANGES, type Range } from "@/lib/range";
import { agentNames } from "../api";
import { OUTCOME_LABEL, RUN_STATUS_LABEL, TRIGGER_LABEL } from "../labels";
import { LabelFilter } from "../labels/label-filter";
import type { Change } from "../view/run-search";
import { type Feedback, isFiltered, OUTCOMES, type RunsSearch, STATUSES, TRIGGERS } from "./runs-search";

interface Props {
  readonly search: RunsSearch;
  readonly onSearch: (change: Change<RunsSearch>) => void;
  readonly onClear: () => void;
}

const SETTLED_MS = 250;

/** The filters of the list; they stand in the address, so a filtered list can be sent to someone. */
export function RunsFilterBar({ search, onSearch, onClear }: Props) {
  const agents = useQuery(agentNames());
  const [isFolded, setFolded] = useState(true);
  const toggle = (status: RunStatus) => {
    onSearch({ status: search.status === status ? undefined : status });
  };
  return (
    <search className="flex flex-wrap items-center gap-x-3 gap-y-2 border-line border-b px-4 pb-3 sm:px-6">
      <TextFilter value={search.q ?? ""} onChange={(q) => onSearch({ q: q === "" ? undefined : q })} />
      <Select
        aria-label="Time"
        className="w-36"
        value={search.range ?? ""}
        onChange={(event) => onSearch({ range: (event.target.value || undefined) as Range | undefined })}
      >
        <option value="">Any time</option>
        {Object.entries(RANGES).map(([range, { label }]) => (
          <option key={range} value={range}>
            {label}
          </option>
        ))}
      </Select>
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
        <Select
          aria-label="Outcome"
          className="w-36"
          value={search.outcome ?? ""}
          onChange={(event) => onSearch({ outcome: (event.target.value || undefined) as RunOutcome | undefined })}
        >
          <option value="">All outcomes</option>
          {OUTCOMES.map((outcome) => (
            <option key={outcome} value={outcome}>
              {OUTCOME_LABEL[outcome]}
            </option>
          ))}
        </Select>
        <Select
          aria-label="Agent"
          className="w-40"
          value={search.agent ?? ""}
          onChange={(event) => onSearch({ agent: event.target.value || undefined })}
        >
          <option value="">All agents</option>
          {agents.data?.map((agent) => (
            <option key={agent.id} value={agent.id}>
              {agent.name}
            </option>
          ))}
        </Select>
        <Select
          aria-label="Trigger"
          className="w-36"
          value={search.trigger ?? ""}
          onChange={(event) => onSearch({ trigger: (event.target.value || undefined) as RunTrigger | undefined })}
        >
          <option value="">All triggers</option>
          {TRIGGERS.map((trigger) => (
            <option key={trigger} value={trigger}>
              {TRIGGER_LABEL[trigger]}
            </option>
          ))}
        </Select>
        <Select
          aria-label="Feedback"
          className="w-36"
          value={search.feedback ?? ""}
          onChange={(event) => onSearch({ feedback: (event.target.value || undefined) as Feedback | undefined })}
        >
          <option value="">All feedback</option>
          <option value="up">Thumbs up</option>
          <option value="down">Thumbs down</option>
          <option value="none">No feedback</option>
        </Select>
        <Select
          aria-label="Duration"
          className="w-32"
          value={search.took ?? ""}
          onChange={(event) => onSearch({ took: Number(event.target.value) || undefined })}
        >
          <option value="">Any duration</option>
          {amountsWith(DURATIONS, search.took).map((seconds) => (
            <option key={seconds} value={seconds}>
              ≥ {duration(seconds * 1000)}
            </option>
          ))}
        </Select>
        <Select
          aria-label="Cost"
          className="w-28"
          value={search.cost ?? ""}
          onChange={(event) => onSearch({ cost: Number(event.target.value) || undefined })}
        >
          <option value="">Any cost</option>
          {amountsWith(COSTS, search.cost).map((usd) => (
            <option key={usd} value={usd}>
              ≥ {money(usd)}
            </option>
          ))}
        </Select>
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

/** Asks only when the typing has paused. */
function TextFilter({ value, onChange }: { readonly value: string; readonly onChange: (text: string) => void }) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (text === value) return;
    const timer = setTimeout(() => onChange(text), SETTLED_MS);
    return () => clearTimeout(timer);
  }, [text, value, onChange]);
  return (
    <div className="relative w-full sm:w-60">
      <Search aria-hidden="true" className="pointer-events-none absolute top-2.25 left-2.5 size-3.5 text-faint" />
      <Input
        type="search"
        data-filter
        aria-label="Search runs"
        placeholder="Search runs"
        className="pl-8"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
    </div>
  );
}
