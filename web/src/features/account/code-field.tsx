import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";

interface CodeFieldProps {
  value: string;
  onChange: (value: string) => void;
  error: string | undefined;
}

export function CodeField({ value, onChange, error }: CodeFieldProps) {
  return (
    <Field label="Code" required error={error}>
      {(control) => (
        <Input {...control} autoComplete="one-time-code" value={value} onChange={(event) => onChange(event.target.value)} />
      )}
    </Field>
  );
}
