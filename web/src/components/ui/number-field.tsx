import { type ReactNode, useEffect, useState } from "react";
import { Field } from "./field";
import { Input } from "./input";

export interface NumberFieldProps {
  label: string;
  value: number | null;
  /** Null when the field is emptied. */
  onChange: (value: number | null) => void;
  hint?: ReactNode;
  error?: string | undefined;
  /** Shown in the empty field: what null means. */
  placeholder?: string;
  min?: number;
  max?: number;
  step?: number | "any";
  unit?: string;
  disabled?: boolean;
}

/** A number that may be left out. What is being typed is kept as typed; only what reads as a number is told. */
export function NumberField({ label, value, onChange, hint, error, unit, ...rest }: NumberFieldProps) {
  const [text, setText] = useState(value === null ? "" : String(value));
  useEffect(() => {
    setText((before) => (readNumber(before) === value ? before : value === null ? "" : String(value)));
  }, [value]);
  return (
    <Field label={label} error={error} {...(hint ? { hint } : {})}>
      {(control) => (
        <span className="relative block">
          <Input
            {...control}
            {...rest}
            type="number"
            inputMode="decimal"
            value={text}
            onChange={(event) => {
              setText(event.target.value);
              onChange(readNumber(event.target.value));
            }}
            className={unit ? "pr-14" : ""}
          />
          {unit && (
            <span className="pointer-events-none absolute inset-y-0 right-7 flex items-center text-faint text-xs">
              {unit}
            </span>
          )}
        </span>
      )}
    </Field>
  );
}

function readNumber(text: string): number | null {
  if (text.trim() === "") return null;
  const value = Number(text);
  return Number.isNaN(value) ? null : value;
}
