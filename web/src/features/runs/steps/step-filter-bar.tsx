import { Search, SlidersHorizontal, TriangleAlert } from "lucide-react";
import type { Step, StepType } from "@/api/types";
import { IconButton } from "@/components/ui/button";
import { Menu, MenuItem, MenuSeparator } from "@/components/ui/menu";
import { STEP_LABEL } from "../labels";
import { ToolButton } from "../tool-button";
import type { RunViewProps } from "../view/run-view-props";
import { hasFailed, isFiltering, type StepFilter } from "./step-tree-rows";

interface Props {
  readonly steps: readonly Step[];
  readonly filter: StepFilter;
  readonly onSearch: RunViewProps["onSearch"];
}

const TYPES: readonly StepType[] = [
  "llm_call",
  "tool",
  "member",
  "agent",
  "team",
  "workflow",
  "decision",
  "transform",
  "approval",
  "wait",
  "input",
  "output",
];

/** What the tree shows: by name, by kind, only errors. */
export function StepFilterBar({ steps, filter, onSearch }: Props) {
  const errors = steps.filter(hasFailed).length;
  const toggle = (type: StepType) => {
    const types = filter.types.includes(type) ? filter.types.filter((one) => one !== type) : [...filter.types, type];
    onSearch({ types: types.length > 0 ? types : undefined });
  };
  return (
    <div className="flex h-10 shrink-0 items-center gap-0.5 border-line border-b pr-1.5 pl-3">
      <Search aria-hidden="true" className="size-3.5 shrink-0 text-faint" />
      <input
        type="search"
        data-filter
        aria-label="Filter steps"
        placeholder="Filter steps"
        className="mx-1.5 h-7 min-w-0 flex-1 rounded bg-transparent text-sm placeholder:text-faint"
        value={filter.text}
        onChange={(event) => onSearch({ find: event.target.value || undefined })}
      />
      {(errors > 0 || filter.errorsOnly) && (
        <ToolButton
          label={`Only errors: ${errors}`}
          icon={TriangleAlert}
          isPressed={filter.errorsOnly}
          onClick={() => onSearch({ errors: filter.errorsOnly ? undefined : true })}
        />
      )}
      <Menu
        trigger={
          <IconButton
            label="Kinds of steps"
            icon={SlidersHorizontal}
            size="sm"
            className={filter.types.length > 0 ? "bg-selected text-accent-text" : ""}
          />
        }
      >
        {TYPES.map((type) => (
          <MenuItem key={type} checked={filter.types.includes(type)} onSelect={() => toggle(type)}>
            {STEP_LABEL[type]}
          </MenuItem>
        ))}
        <MenuSeparator />
        <MenuItem
          disabled={!isFiltering(filter)}
          onSelect={() => onSearch({ types: undefined, errors: undefined, find: undefined })}
        >
          Clear filters
        </MenuItem>
      </Menu>
    </div>
  );
}
