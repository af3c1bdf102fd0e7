import { Checkbox } from "@/components/ui/checkbox";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { NumberField } from "@/components/ui/number-field";
import { Select } from "@/components/ui/select";
import { cx } from "@/lib/cx";
import type { Form, TimingDraft } from "./schedule-draft";

const FORMS: readonly { value: Form; label: string; unit?: string }[] = [
  { value: "hourly", label: "Hourly", unit: "hours" },
  { value: "daily", label: "Daily", unit: "days" },
  { value: "weekly", label: "Weekly", unit: "weeks" },
  { value: "monthly", label: "Monthly", unit: "months" },
  { value: "once", label: "Once" },
  { value: "cron", label: "Cron expression" },
];
const DAYS = [
  { value: 1, label: "Mon", name: "Monday" },
  { value: 2, label: "Tue", name: "Tuesday" },
  { value: 3, label: "Wed", name: "Wednesday" },
  { value: 4, label: "Thu", name: "Thursday" },
  { value: 5, label: "Fri", name: "Friday" },
  { value: 6, label: "Sat", name: "Saturday" },
  { value: 7, label: "Sun", name: "Sunday" },
] as const;

interface Props {
  draft: TimingDraft;
  onChange: (change: Partial<TimingDraft>) => void;
  problemOf: (field: string) => string | undefined;
}

/** When: a frequency with its fields, or a cron expression, in a time zone. */
export function TimingFields({ draft, onChange, problemOf }: Props) {
  const unit = FORMS.find((each) => each.value === draft.form)?.unit;
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <Field label="Frequency" error={problemOf("frequency")}>
        {(control) => (
          <Select {...control} value={draft.form} onChange={(event) => onChange({ form: event.target.value as Form })}>
            {FORMS.map((each) => (
              <option key={each.value} value={each.value}>
                {each.label}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <ZoneField draft={draft} onChange={onChange} problemOf={problemOf} />
      {draft.form === "cron" && (
        <Field
          label="Cron expression"
          hint="Minute, hour, day of month, month, day of week; or @daily and the like."
          error={problemOf("cron")}
          className="sm:col-span-2"
        >
          {(control) => (
            <Input
              {...control}
              className="font-mono"
              maxLength={200}
              value={draft.cron}
              onChange={(event) => onChange({ cron: event.target.value })}
            />
          )}
        </Field>
      )}
      {unit && (
        <NumberField
          label="Every"
          unit={unit}
          min={1}
          max={1000}
          value={draft.interval}
          onChange={(interval) => onChange({ interval })}
          error={problemOf("interval")}
        />
      )}
      {draft.form === "once" && (
        <Field label="Date" error={problemOf("run_date")}>
          {(control) => (
            <Input
              {...control}
              type="date"
              value={draft.runDate}
              onChange={(event) => onChange({ runDate: event.target.value })}
            />
          )}
        </Field>
      )}
      {draft.form !== "cron" && (
        <Field
          label="Time"
          error={problemOf("time")}
          {...(draft.form === "hourly" ? { hint: "The minutes count; several hours count from this one." } : {})}
        >
          {(control) => (
            <Input
              {...control}
              type="time"
              value={draft.time}
              onChange={(event) => onChange({ time: event.target.value })}
            />
          )}
        </Field>
      )}
      {draft.form === "weekly" && <DaysField days={draft.days} onChange={onChange} error={problemOf("days")} />}
      {draft.form === "monthly" && (
        <>
          <NumberField
            label="Day of the month"
            min={1}
            max={31}
            value={draft.date}
            onChange={(date) => onChange({ date })}
            error={problemOf("date")}
          />
          <Checkbox
            className="sm:col-span-2"
            label="Run on the last day of shorter months"
            hint="Otherwise a month without this day is skipped."
            checked={draft.isLastDay}
            onChange={(event) => onChange({ isLastDay: event.target.checked })}
          />
        </>
      )}
    </div>
  );
}

function ZoneField({ draft, onChange, problemOf }: Props) {
  const zones = Intl.supportedValuesOf("timeZone");
  return (
    <Field label="Time zone" error={problemOf("timezone")}>
      {(control) => (
        <>
          <Input
            {...control}
            list="schedule-zones"
            autoComplete="off"
            maxLength={100}
            value={draft.timezone}
            onChange={(event) => onChange({ timezone: event.target.value })}
          />
          <datalist id="schedule-zones">
            {["UTC", ...zones].map((zone) => (
              <option key={zone} value={zone} />
            ))}
          </datalist>
        </>
      )}
    </Field>
  );
}

interface DaysProps {
  days: readonly number[];
  onChange: (change: Partial<TimingDraft>) => void;
  error: string | undefined;
}

function DaysField({ days, onChange, error }: DaysProps) {
  const chosen = new Set(days.map((day) => (day === 0 ? 7 : day)));
  function toggle(day: number): void {
    if (!chosen.delete(day)) chosen.add(day);
    onChange({ days: [...chosen].sort((a, b) => a - b) });
  }
  return (
    <fieldset className="flex min-w-0 flex-col gap-1 sm:col-span-2">
      <legend className="mb-1 font-medium text-fg text-xs">Days</legend>
      <div className="flex flex-wrap gap-1.5">
        {DAYS.map((day) => (
          <button
            key={day.value}
            type="button"
            aria-pressed={chosen.has(day.value)}
            aria-label={day.name}
            onClick={() => toggle(day.value)}
            className={cx(
              "h-8 min-w-11 rounded-md border px-2 text-sm transition-colors",
              chosen.has(day.value)
                ? "border-accent bg-accent-soft font-medium text-accent-text"
                : "border-line-strong bg-surface text-muted hover:border-faint",
            )}
          >
            {day.label}
          </button>
        ))}
      </div>
      {error && <p className="text-danger text-xs">{error}</p>}
    </fieldset>
  );
}
