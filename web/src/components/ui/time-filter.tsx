import { RANGE_OPTIONS, type Range } from "@/lib/range";
import { FilterSelect } from "./filter-select";

interface Props {
  readonly range: Range | undefined;
  readonly onRange: (range: Range | undefined) => void;
}

/** Narrows a list to what is of the last hours or days, or to nothing. */
export function TimeFilter({ range, onRange }: Props) {
  return <FilterSelect label="Time" all="Any time" value={range} options={RANGE_OPTIONS} onChange={onRange} />;
}
