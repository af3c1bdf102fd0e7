import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import type { LimitForm } from "./kind-form";

interface Props {
  readonly limits: LimitForm;
  readonly onChange: (limits: LimitForm) => void;
  readonly hasHosts: boolean;
  /** The server's sentence for a field. */
  readonly problemOf: (name: string) => string | undefined;
}

const FIELDS = [
  { key: "rate", name: "rate_per_minute", label: "Calls per minute", hint: "Of all agents together." },
  { key: "seconds", name: "timeout_seconds", label: "Time-out (seconds)", hint: "An agent's own limit can be shorter." },
  { key: "bytes", name: "response_bytes", label: "Maximum response size (bytes)", hint: "Longer responses are truncated." },
] as const;

/** Limits of a tool of any kind; a blank limit leaves that of the installation. */
export function LimitFields({ limits, onChange, hasHosts, problemOf }: Props) {
  const isSet = Object.values(limits).some((text) => text !== "");
  const isRefused = [...FIELDS.map((field) => field.name), "allowed_hosts"].some((name) => problemOf(name));
  return (
    <details open={isSet || isRefused || undefined} className="rounded-lg border border-line px-3 py-2">
      <summary className="cursor-pointer font-medium text-fg text-xs">Limits</summary>
      <div className="mt-3 flex flex-col gap-3">
        <div className="grid gap-3 sm:grid-cols-3">
          {FIELDS.map((field) => (
            <Field key={field.key} label={field.label} hint={field.hint} error={problemOf(field.name)}>
              {(control) => (
                <Input
                  {...control}
                  inputMode="numeric"
                  value={limits[field.key]}
                  onChange={(event) => onChange({ ...limits, [field.key]: event.target.value })}
                />
              )}
            </Field>
          ))}
        </div>
        {hasHosts && (
          <Field
            label="Allowed hosts"
            hint="Comma-separated names or *.names. Leave blank for every host that the installation allows."
            error={problemOf("allowed_hosts")}
          >
            {(control) => (
              <Input
                {...control}
                spellCheck={false}
                value={limits.hosts}
                onChange={(event) => onChange({ ...limits, hosts: event.target.value })}
              />
            )}
          </Field>
        )}
      </div>
    </details>
  );
}
