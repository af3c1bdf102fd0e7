import type { AgentCategory, AgentDefinition } from "@/api/types";
import { AgentIcon } from "@/components/agent-icon";
import { Section } from "@/components/ui/card";
import { Field } from "@/components/ui/field";
import { Input, Textarea } from "@/components/ui/input";
import { NumberField } from "@/components/ui/number-field";
import { Select } from "@/components/ui/select";
import { CATEGORIES } from "../categories";
import { AGENT_TYPES } from "../types";
import { IconPicker } from "./icon-picker";
import type { SectionProps } from "./section-props";

export function IdentitySection({ draft, isReadOnly, problemOf, seed }: SectionProps & { seed: string }) {
  const { definition, set } = draft;
  return (
    <Section id="identity" title="Identity">
      <div className="flex flex-col gap-4">
        <div className="flex items-start gap-3">
          <div className="pt-5">
            {isReadOnly ? (
              <AgentIcon icon={definition.icon} seed={seed} />
            ) : (
              <IconPicker icon={definition.icon} seed={seed} onChange={(icon) => set({ icon })} />
            )}
          </div>
          <Field label="Name" required error={problemOf("name")} className="flex-1">
            {(control) => (
              <Input
                {...control}
                value={definition.name}
                maxLength={200}
                disabled={isReadOnly}
                onChange={(event) => set({ name: event.target.value })}
              />
            )}
          </Field>
        </div>
        <Field
          label="Description"
          error={problemOf("description")}
          hint="What the agent does, in one sentence. Shown where people choose an agent."
        >
          {(control) => (
            <Textarea
              {...control}
              rows={2}
              value={definition.description}
              disabled={isReadOnly}
              onChange={(event) => set({ description: event.target.value })}
            />
          )}
        </Field>
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label="Category" error={problemOf("category")}>
            {(control) => (
              <Select
                {...control}
                value={definition.category}
                disabled={isReadOnly}
                onChange={(event) => set({ category: event.target.value as AgentCategory })}
              >
                {CATEGORIES.map((each) => (
                  <option key={each.value} value={each.value}>
                    {each.label}
                  </option>
                ))}
              </Select>
            )}
          </Field>
          <Field
            label="Type"
            error={problemOf("type")}
            hint="What it is for, such as research. Choose one, or enter your own."
          >
            {(control) => (
              <>
                <Input
                  {...control}
                  list={`${control.id}-types`}
                  maxLength={40}
                  value={definition.type}
                  disabled={isReadOnly}
                  onChange={(event) => set({ type: event.target.value })}
                />
                <datalist id={`${control.id}-types`}>
                  {AGENT_TYPES.map((each) => (
                    <option key={each.value} value={each.value}>
                      {each.label}
                    </option>
                  ))}
                </datalist>
              </>
            )}
          </Field>
          <Field
            label="Agent type"
            error={problemOf("agent_type")}
            hint="Assistive works with a person, automation on its own."
          >
            {(control) => (
              <Select
                {...control}
                value={definition.agent_type}
                disabled={isReadOnly}
                onChange={(event) => set({ agent_type: event.target.value as AgentDefinition["agent_type"] })}
              >
                <option value="assistive">Assistive</option>
                <option value="automation">Automation</option>
              </Select>
            )}
          </Field>
          <Field label="Runtime" error={problemOf("runtime")} hint="Hosted runs here, external in a program of your own.">
            {(control) => (
              <Select
                {...control}
                value={definition.runtime}
                disabled={isReadOnly}
                onChange={(event) => set(runtimeChange(event.target.value as AgentDefinition["runtime"], definition))}
              >
                <option value="hosted">Hosted</option>
                <option value="external">External</option>
              </Select>
            )}
          </Field>
        </div>
        {definition.runtime === "external" && (
          <HeartbeatFields draft={draft} isReadOnly={isReadOnly} problemOf={problemOf} />
        )}
        {definition.runtime === "external" && (
          <Field
            label="Webhook"
            error={problemOf("webhook_url")}
            hint="The URL that Retinue calls. Leave blank for an agent that claims its runs."
          >
            {(control) => (
              <Input
                {...control}
                type="url"
                placeholder="https://"
                value={definition.webhook_url ?? ""}
                disabled={isReadOnly}
                onChange={(event) => set({ webhook_url: event.target.value || null })}
              />
            )}
          </Field>
        )}
      </div>
    </Section>
  );
}

const USUAL = { every_seconds: 60, grace_seconds: 30 };

/** How often an external agent sends heartbeats, and when a missing one makes it offline. */
function HeartbeatFields({ draft, isReadOnly, problemOf }: SectionProps) {
  const { deployment_config } = draft.definition;
  const heartbeat = deployment_config.heartbeat ?? USUAL;
  const set = (change: Partial<typeof USUAL>) =>
    draft.set({ deployment_config: { ...deployment_config, heartbeat: { ...heartbeat, ...change } } });
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <NumberField
        label="Heartbeat every"
        unit="seconds"
        min={1}
        max={86_400}
        value={heartbeat.every_seconds}
        disabled={isReadOnly}
        error={problemOf("deployment_config.heartbeat.every_seconds")}
        onChange={(value) => set({ every_seconds: value ?? USUAL.every_seconds })}
      />
      <NumberField
        label="Grace"
        unit="seconds"
        hint="The agent is offline when a heartbeat is later than this."
        min={0}
        max={86_400}
        value={heartbeat.grace_seconds}
        disabled={isReadOnly}
        error={problemOf("deployment_config.heartbeat.grace_seconds")}
        onChange={(value) => set({ grace_seconds: value ?? USUAL.grace_seconds })}
      />
    </div>
  );
}

/** A hosted agent has no webhook. */
function runtimeChange(runtime: AgentDefinition["runtime"], definition: AgentDefinition): Partial<AgentDefinition> {
  return runtime === "hosted" ? { runtime, webhook_url: null } : { runtime, webhook_url: definition.webhook_url };
}
