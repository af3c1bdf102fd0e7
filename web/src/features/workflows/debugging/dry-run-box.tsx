import { Checkbox } from "@/components/ui/checkbox";

interface Props {
  readonly checked: boolean;
  readonly onChange: (isDry: boolean) => void;
}

/** Whether a run is dry. */
export function DryRunBox({ checked, onChange }: Props) {
  return (
    <Checkbox
      label="Dry run"
      hint="No call with effects outside is made; the steps show what would have been called."
      checked={checked}
      onChange={(event) => onChange(event.target.checked)}
    />
  );
}
