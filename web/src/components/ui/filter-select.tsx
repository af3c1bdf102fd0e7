import { Select } from "./select";

interface FilterSelectProps<T extends string | number> {
  readonly label: string;
  readonly value: T | undefined;
  /** What stands for no filter. */
  readonly all: string;
  /** Values with what they are called. */
  readonly options: readonly (readonly [T, string])[];
  readonly onChange: (value: T | undefined) => void;
  readonly className?: string;
}

/** A list that narrows to one value, or to none. */
export function FilterSelect<T extends string | number>(props: FilterSelectProps<T>) {
  const { label, value, all, options, onChange, className = "w-36" } = props;
  return (
    <Select
      aria-label={label}
      className={className}
      value={value ?? ""}
      onChange={(event) => onChange(options.find(([each]) => String(each) === event.target.value)?.[0])}
    >
      <option value="">{all}</option>
      {options.map(([each, name]) => (
        <option key={each} value={each}>
          {name}
        </option>
      ))}
    </Select>
  );
}
