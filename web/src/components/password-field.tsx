import { Eye, EyeOff } from "lucide-react";
import { useState } from "react";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";

interface Props {
  label: string;
  value: string;
  onChange: (value: string) => void;
  /** Tells password managers whether one is asked for or made. */
  kind: "current" | "new";
  error?: string | undefined;
  hint?: string;
}

export function PasswordField({ label, value, onChange, kind, error, hint }: Props) {
  const [isShown, setIsShown] = useState(false);
  const Icon = isShown ? EyeOff : Eye;
  return (
    <Field label={label} error={error} required {...(hint ? { hint } : {})}>
      {(control) => (
        <span className="relative block">
          <Input
            {...control}
            type={isShown ? "text" : "password"}
            value={value}
            onChange={(event) => onChange(event.target.value)}
            autoComplete={kind === "current" ? "current-password" : "new-password"}
            className="pr-9"
          />
          <button
            type="button"
            aria-label={isShown ? "Hide the password" : "Show the password"}
            aria-pressed={isShown}
            onClick={() => setIsShown(!isShown)}
            className="absolute inset-y-0 right-0 flex w-8 items-center justify-center rounded text-faint hover:text-fg"
          >
            <Icon aria-hidden className="size-4" />
          </button>
        </span>
      )}
    </Field>
  );
}
