import { useState } from "react";
import { isApiError } from "@/api/problem";
import type { Effect, JsonObject, NewTool, Tool } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { ErrorState } from "@/components/ui/error-state";
import { Field } from "@/components/ui/field";
import { Input, Textarea } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import { readJsonObject } from "@/lib/read-json";
import { useCreateTool } from "./api";
import { EFFECTS } from "./labels";

interface Props {
  readonly onClose: () => void;
  readonly onCreated: (tool: Tool) => void;
}

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"];
const EMPTY = { name: "", description: "", method: "GET", url: "", token: "", effect: "", schema: "", body: "" };

function toChange(form: typeof EMPTY): NewTool {
  const configuration: JsonObject = { method: form.method, url: form.url };
  if (form.body.trim() !== "") configuration.body = readJsonObject(form.body).value ?? form.body;
  const schema = form.schema.trim() === "" ? undefined : readJsonObject(form.schema).value;
  return {
    name: form.name.trim(),
    description: form.description.trim(),
    tool_type: "api",
    configuration,
    ...(schema === undefined ? {} : { parameters_schema: schema }),
    ...(form.effect === "" ? {} : { effect: form.effect as Effect }),
    ...(form.token === "" ? {} : { credentials: { type: "bearer", token: form.token } }),
  };
}

/** An HTTP call described by hand. `{name}` in the address is an argument, `{{name}}` a variable of the agent. */
export function ToolDialog({ onClose, onCreated }: Props) {
  const [form, setForm] = useState(EMPTY);
  const create = useCreateTool();
  const set = (change: Partial<typeof EMPTY>) => setForm((before) => ({ ...before, ...change }));
  const refused = (name: string) => (isApiError(create.error) ? create.error.fieldMessage(name) : undefined);
  const isNamed = isApiError(create.error) && create.error.fields.length > 0;
  const schemaProblem = form.schema.trim() === "" ? undefined : readJsonObject(form.schema).problem;
  return (
    <Dialog
      open
      onOpenChange={(isOpen) => !isOpen && onClose()}
      title="New tool"
      description="An HTTP call that agents may make."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            variant="primary"
            busy={create.isPending}
            disabled={form.name.trim() === "" || form.url.trim() === "" || schemaProblem !== undefined}
            onClick={() => create.mutate(toChange(form), { onSuccess: onCreated })}
          >
            Create tool
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        <Field label="Name" required error={refused("name")} hint="What models call it: letters, digits, _ and -.">
          {(control) => <Input {...control} value={form.name} onChange={(event) => set({ name: event.target.value })} />}
        </Field>
        <Field
          label="Description"
          error={refused("description")}
          hint="What it does and when to use it, written for the model."
        >
          {(control) => (
            <Textarea {...control} value={form.description} onChange={(event) => set({ description: event.target.value })} />
          )}
        </Field>
        <div className="flex gap-2">
          <Field label="Method" className="w-28 shrink-0" error={refused("configuration.method")}>
            {(control) => (
              <Select {...control} value={form.method} onChange={(event) => set({ method: event.target.value })}>
                {METHODS.map((method) => (
                  <option key={method}>{method}</option>
                ))}
              </Select>
            )}
          </Field>
          <Field label="Address" required className="flex-1" error={refused("configuration.url")}>
            {(control) => (
              <Input
                {...control}
                type="url"
                placeholder="https://api.example.com/orders/{order_id}"
                value={form.url}
                onChange={(event) => set({ url: event.target.value })}
              />
            )}
          </Field>
        </div>
        {form.method !== "GET" && (
          <Field label="Body" hint="JSON; {name} stands for an argument." error={refused("configuration.body")}>
            {(control) => (
              <Textarea
                {...control}
                className="font-mono text-xs"
                value={form.body}
                onChange={(event) => set({ body: event.target.value })}
              />
            )}
          </Field>
        )}
        <Field
          label="Schema of the arguments"
          hint="JSON Schema. Left empty, every {placeholder} is a text."
          error={schemaProblem ?? refused("parameters_schema")}
        >
          {(control) => (
            <Textarea
              {...control}
              className="font-mono text-xs"
              value={form.schema}
              onChange={(event) => set({ schema: event.target.value })}
            />
          )}
        </Field>
        <div className="grid gap-3 sm:grid-cols-2">
          <Field label="Repeating it" error={refused("effect")}>
            {(control) => (
              <Select {...control} value={form.effect} onChange={(event) => set({ effect: event.target.value })}>
                <option value="">As the method says</option>
                {Object.entries(EFFECTS).map(([value, { word }]) => (
                  <option key={value} value={value}>
                    {word}
                  </option>
                ))}
              </Select>
            )}
          </Field>
          <Field label="Bearer token" hint="Stored encrypted, never shown again." error={refused("credentials.token")}>
            {(control) => (
              <Input
                {...control}
                type="password"
                autoComplete="off"
                value={form.token}
                onChange={(event) => set({ token: event.target.value })}
              />
            )}
          </Field>
        </div>
        {create.isError && !isNamed && <ErrorState error={create.error} />}
      </div>
    </Dialog>
  );
}
