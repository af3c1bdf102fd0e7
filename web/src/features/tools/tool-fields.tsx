import type { Effect } from "@/api/types";
import { Field } from "@/components/ui/field";
import { Input, Textarea } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import { plural } from "@/lib/format";
import { AnswerFields } from "./answer-fields";
import { EFFECTS } from "./labels";
import { PairsField } from "./pairs-field";
import { SignInFields } from "./sign-in-fields";
import { effectOf, hasBody, isPlain, type Pair, pairPlaces, type ToolForm } from "./tool-form";

interface Props {
  readonly form: ToolForm;
  readonly set: (change: Partial<ToolForm>) => void;
  /** Something to sign in with is stored and may be kept. */
  readonly canKeep: boolean;
  /** So many agents know the tool by its name. */
  readonly usedBy: number;
  /** What keeps the form from being sent. */
  readonly problems: { readonly body?: string; readonly schema?: string };
  /** The server's sentence for a field. */
  readonly refused: (field: string) => string | undefined;
}

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

export function ToolFields(props: Props) {
  const { form, set, canKeep, problems, refused } = props;
  return (
    <>
      <NameFields {...props} />
      <CallFields {...props} />
      <AnswerFields form={form} set={set} refused={refused} />
      <SignInFields signIn={form.signIn} onChange={(signIn) => set({ signIn })} canKeep={canKeep} problemOf={refused} />
      <Field
        label="Parameters (JSON Schema)"
        hint="Leave blank to declare every {placeholder} as a string."
        error={problems.schema ?? refused("parameters_schema")}
      >
        {(control) => (
          <Textarea
            {...control}
            rows={Math.min(12, form.schema.split("\n").length + 1)}
            className="font-mono text-xs"
            spellCheck={false}
            value={form.schema}
            onChange={(event) => set({ schema: event.target.value })}
          />
        )}
      </Field>
      <Field label="Side effects" error={refused("effect")} hint={EFFECTS[form.effect || effectOf(form.method)].sentence}>
        {(control) => (
          <Select {...control} value={form.effect} onChange={(event) => set({ effect: event.target.value as "" | Effect })}>
            <option value="">
              As {form.method} says: {EFFECTS[effectOf(form.method)].word.toLowerCase()}
            </option>
            {Object.entries(EFFECTS).map(([value, { word }]) => (
              <option key={value} value={value}>
                {word}
              </option>
            ))}
          </Select>
        )}
      </Field>
    </>
  );
}

function NameFields({ form, set, usedBy, refused }: Props) {
  return (
    <>
      <Field
        label="Name"
        required
        error={refused("name")}
        hint={
          usedBy > 0
            ? `It cannot be changed while ${plural(usedBy, "agent")} ${usedBy === 1 ? "uses" : "use"} the tool.`
            : "Used by the model. Letters, digits, _ and -."
        }
      >
        {(control) => (
          <Input
            {...control}
            autoComplete="off"
            spellCheck={false}
            disabled={usedBy > 0}
            value={form.name}
            onChange={(event) => set({ name: event.target.value })}
          />
        )}
      </Field>
      <Field
        label="Description"
        error={refused("description")}
        hint="What the tool does and when to use it. The model reads this."
      >
        {(control) => (
          <Textarea {...control} value={form.description} onChange={(event) => set({ description: event.target.value })} />
        )}
      </Field>
    </>
  );
}

function CallFields({ form, set, problems, refused }: Props) {
  const problemOf = (part: "query" | "headers") => (pair: Pair) => pairPlaces(part, pair.name).map(refused).find(Boolean);
  return (
    <>
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
              spellCheck={false}
              placeholder="https://api.example.com/orders/{order_id}"
              value={form.url}
              onChange={(event) => set({ url: event.target.value })}
            />
          )}
        </Field>
      </div>
      <PairsField
        noun="Query parameter"
        title="Query parameters"
        hint="Parameters without a value are omitted."
        placeholder={["limit", "{limit}"]}
        pairs={form.query}
        onChange={(query) => set({ query })}
        problemOf={problemOf("query")}
      />
      <PairsField
        noun="Header"
        title="Headers"
        hint="Put credentials under Authentication."
        placeholder={["X-Region", "{{region}}"]}
        pairs={form.headers}
        onChange={(headers) => set({ headers })}
        problemOf={problemOf("headers")}
      />
      {form.parameterCount > 0 && (
        <p className="text-muted text-xs">
          {plural(form.parameterCount, "parameter")} in OpenAPI styles. Saving keeps them; the API changes them.
        </p>
      )}
      {hasBody(form.method) && <BodyFields {...{ form, set, problems, refused }} />}
    </>
  );
}

function BodyFields({ form, set, problems, refused }: Omit<Props, "canKeep" | "usedBy">) {
  return (
    <div className="flex gap-2">
      <Field label="Body type" className="w-28 shrink-0">
        {(control) => (
          <Select {...control} value={form.bodyType} onChange={(event) => set({ bodyType: event.target.value })}>
            <option value="json">JSON</option>
            <option value="form">a form</option>
            <option value="multipart">multipart</option>
            <option value="text">plain text</option>
            <option value="binary">a file</option>
          </Select>
        )}
      </Field>
      <Field
        label="Body"
        className="flex-1"
        hint={isPlain(form.bodyType) ? "" : 'JSON; "{items}" alone takes the argument\'s own value, a list or a number too.'}
        error={problems.body ?? refused("configuration.body")}
      >
        {(control) => (
          <Textarea
            {...control}
            className="font-mono text-xs"
            spellCheck={false}
            value={form.body}
            onChange={(event) => set({ body: event.target.value })}
          />
        )}
      </Field>
    </div>
  );
}
