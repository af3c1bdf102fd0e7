import type { ServingConfig } from "@/api/types";
import { Section } from "@/components/ui/card";
import { Checkbox } from "@/components/ui/checkbox";
import { Field } from "@/components/ui/field";
import { Input, Textarea } from "@/components/ui/input";
import { NumberField } from "@/components/ui/number-field";
import { Select } from "@/components/ui/select";

interface Props<T extends ServingConfig> {
  config: T;
  onChange: (config: T) => void;
  isReadOnly: boolean;
  problemOf: (field: string) => string | undefined;
}

/** Who may call the deployed version, its chat page, and whether saved versions are deployed automatically. */
export function ServingSection<T extends ServingConfig>({ config, onChange, isReadOnly, problemOf }: Props<T>) {
  const set = (change: Partial<ServingConfig>) => onChange({ ...config, ...change });
  const problem = (field: string) => problemOf(`deployment_config.${field}`);
  const isOpen = config.callers === "anyone" || config.chat_page;
  return (
    <Section id="deployment" title="Deployment" description="Part of each version; applies when the version is deployed.">
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label="Who may call the URL" error={problem("callers")}>
          {(control) => (
            <Select
              {...control}
              value={config.callers}
              disabled={isReadOnly}
              onChange={(event) => set({ callers: event.target.value === "anyone" ? "anyone" : "key" })}
            >
              <option value="key">Callers with an API key</option>
              <option value="anyone">Anyone, limited by address</option>
            </Select>
          )}
        </Field>
        <div className="flex flex-col justify-end gap-2">
          <Checkbox
            label="Offer a chat page"
            hint="For visitors without an account."
            checked={config.chat_page}
            disabled={isReadOnly}
            onChange={(event) => set({ chat_page: event.target.checked })}
          />
        </div>
        {isOpen && (
          <>
            <NumberField
              label="Runs per minute and address"
              min={1}
              max={600}
              value={config.requests_per_minute}
              disabled={isReadOnly}
              error={problem("requests_per_minute")}
              onChange={(value) => set({ requests_per_minute: value ?? 10 })}
            />
            <NumberField
              label="Runs per hour without a key"
              min={1}
              max={100000}
              value={config.anonymous_runs_per_hour}
              disabled={isReadOnly}
              error={problem("anonymous_runs_per_hour")}
              onChange={(value) => set({ anonymous_runs_per_hour: value ?? 300 })}
            />
          </>
        )}
        {config.chat_page && (
          <>
            <Field label="Greeting" error={problem("greeting")}>
              {(control) => (
                <Input
                  {...control}
                  maxLength={500}
                  placeholder="Ask me anything about your order."
                  value={config.greeting}
                  disabled={isReadOnly}
                  onChange={(event) => set({ greeting: event.target.value })}
                />
              )}
            </Field>
            <Field
              label="Sites that may embed it"
              hint="One per line, such as https://shop.example.com."
              error={firstOf(config.frame_ancestors.map((_, index) => problem(`frame_ancestors.${index}`)))}
            >
              {(control) => (
                <Textarea
                  {...control}
                  rows={2}
                  value={config.frame_ancestors.join("\n")}
                  disabled={isReadOnly}
                  onChange={(event) => set({ frame_ancestors: linesOf(event.target.value) })}
                />
              )}
            </Field>
          </>
        )}
        <Checkbox
          label="Deploy each saved version"
          hint="After a delay; a version saved within it replaces the one before."
          checked={config.auto_deploy}
          disabled={isReadOnly}
          onChange={(event) => set({ auto_deploy: event.target.checked })}
        />
        {config.auto_deploy && (
          <NumberField
            label="Delay"
            unit="seconds"
            min={0}
            max={86400}
            value={config.auto_deploy_delay_seconds}
            disabled={isReadOnly}
            error={problem("auto_deploy_delay_seconds")}
            onChange={(value) => set({ auto_deploy_delay_seconds: value ?? 60 })}
          />
        )}
      </div>
    </Section>
  );
}

/** The lines as they are typed: a last empty one stays, so that a further site can be begun. */
function linesOf(text: string): string[] {
  return text === "" ? [] : text.split("\n").map((line) => line.trim());
}

function firstOf(problems: (string | undefined)[]): string | undefined {
  return problems.find((each) => each !== undefined);
}
