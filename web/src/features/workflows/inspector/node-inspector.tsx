import { Maximize2, Trash2 } from "lucide-react";
import type { JsonObject } from "@/api/types";
import { Button, IconButton } from "@/components/ui/button";
import { Notice } from "@/components/ui/notice";
import { cx } from "@/lib/cx";
import { lookOf } from "../canvas/node-look";
import { PinFromRun } from "../debugging/pin-from-run";
import { type GraphNode, isContainer, listOf, objectOf } from "../graph/document";
import { problemOfId, removeNodes, renameNode, setField } from "../graph/operations";
import { type Field, type NodeType, words } from "../graph/schema";
import { Connections } from "./connections";
import { graphOf, type InspectorContext, nodeIdsOf, stateKeysOf, toldAt } from "./context";
import { FieldInput } from "./field-input";
import { IdField } from "./id-field";
import { isPrompt, PromptField } from "./prompt-field";

interface Props {
  readonly at: GraphNode;
  readonly context: InspectorContext;
}

const ASKED: ReadonlySet<string> = new Set(["agent", "team"]);
/** What takes an input that is its own. */
const WITH_INPUT: ReadonlySet<string> = new Set(["agent", "team", "tool", "workflow", "approval"]);
/** What is computed each time, and cannot be pinned. */
const COMPUTED: ReadonlySet<string> = new Set(["condition", "switch", "transform"]);
const FIRST: readonly string[] = ["id", "name"];

/** The settings of a node, by the schema of its type. */
export function NodeInspector({ at, context }: Props) {
  const { scope, isReadOnly, change, onSelect } = context;
  const type = context.schema.types.find((each) => each.type === at.type);
  const { told, whole } = toldAt(context, { kind: "node", id: at.id });
  const graph = graphOf(context);
  const groups = groupsOf(type, context.schema.types);
  const input = (field: Field) => {
    const value = at.node[field.name];
    const set = (next: typeof value) =>
      change((definition) => setField(definition, scope, at.id, field.name, next), `node ${at.index} ${field.name}`);
    if (field.name === "input" && ASKED.has(at.type) && isPrompt(value))
      return <PromptField key="input" input={value} onChange={set} error={told("input")} isReadOnly={isReadOnly} />;
    return (
      <FieldInput
        key={field.name}
        field={field}
        value={value}
        onChange={set}
        error={told(field.name)}
        isReadOnly={isReadOnly}
        stateKeys={stateKeysOf(context.definition)}
        nodeIds={nodeIdsOf(graph, at.id)}
      />
    );
  };
  const hasToldMore = groups.more.some((field) => told(field.name) !== undefined);
  const isUsed = groups.more.some((field) => field.name !== "description" && at.node[field.name] != null);

  return (
    <div className="flex flex-col gap-4">
      <Heading at={at} type={type} context={context} />
      {whole.map((finding) => (
        <Notice key={`${finding.code} ${finding.message}`} tone={finding.severity === "error" ? "danger" : "warning"}>
          {finding.message} {finding.suggestion}
        </Notice>
      ))}
      <IdField
        id={at.id}
        isReadOnly={isReadOnly}
        problemOf={(next) => problemOfId(graph, at.id, next)}
        onRename={(next) => {
          change((definition) => renameNode(definition, scope, at.id, next), `node ${at.index} id`);
          onSelect({ kind: "node", id: next });
        }}
      />
      {groups.first.map(input)}
      {isContainer(at.type) && (
        <Button icon={Maximize2} onClick={() => context.onOpen(at.id)}>
          Open the body ({listOf(objectOf(at.node.body).nodes).length})
        </Button>
      )}
      {groups.own.filter((field) => applies(field, at.node)).map(input)}
      {at.type !== "note" && <Connections key={at.id} id={at.id} context={context} />}
      {groups.more.length > 0 && (
        <details open={hasToldMore || isUsed} className="border-line border-t pt-3">
          <summary className="font-medium text-fg text-xs">More settings</summary>
          <div className="mt-3 flex flex-col gap-4">
            {groups.more.map(input)}
            {!isReadOnly && context.workflowId !== undefined && !COMPUTED.has(at.type) && (
              <PinFromRun
                workflowId={context.workflowId}
                path={[...scope, at.id].join("/")}
                onPin={(pin) =>
                  change((definition) => setField(definition, scope, at.id, "pinned", pin), `node ${at.index} pinned`)
                }
              />
            )}
          </div>
        </details>
      )}
    </div>
  );
}

function Heading({ at, type, context }: Props & { readonly type: NodeType | undefined }) {
  const { icon: Icon, ink } = lookOf(at.type);
  return (
    <header className="flex items-start gap-2.5">
      <span className={cx("inline-flex size-8 shrink-0 items-center justify-center rounded-md", ink)}>
        <Icon aria-hidden className="size-4" />
      </span>
      <div className="min-w-0 flex-1">
        <h2 className="font-semibold text-base text-fg leading-5">{words(at.type)}</h2>
        <p className="text-muted text-xs">{type?.hint ?? "This type is not known here."}</p>
      </div>
      {!context.isReadOnly && (
        <IconButton
          size="sm"
          variant="danger-ghost"
          icon={Trash2}
          label={`Delete ${at.id}`}
          onClick={() => {
            context.change((definition) => removeNodes(definition, context.scope, new Set([at.id])));
            context.onSelect(null);
          }}
        />
      )}
    </header>
  );
}

/** Whether a field says something beside the others: who is asked next needs an expiry that escalates. */
function applies({ name }: Field, node: JsonObject): boolean {
  if (node[name] != null) return true;
  if (name === "on_expiry") return node.expires != null;
  if (name === "escalate_to") return node.on_expiry === "escalate";
  return true;
}

interface Groups {
  readonly first: readonly Field[];
  readonly own: readonly Field[];
  readonly more: readonly Field[];
}

/** The fields of a type: what it is called, what is its own, and what every node has. */
function groupsOf(type: NodeType | undefined, types: readonly NodeType[]): Groups {
  if (!type) return { first: [], own: [], more: [] };
  const others = types.filter((each) => each.type !== "note");
  const isCommon = (name: string) => others.every((each) => each.fields.some((field) => field.name === name));
  const main = (field: Field) =>
    !isCommon(field.name) || field.name === "output" || (field.name === "input" && WITH_INPUT.has(type.type));
  const fields = type.fields.filter((field) => field.name !== "id" && field.kind !== "body");
  const rest = fields.filter((field) => !FIRST.includes(field.name));
  return {
    first: fields.filter((field) => field.name === "name"),
    own: [...rest.filter((field) => !isCommon(field.name)), ...rest.filter((field) => isCommon(field.name) && main(field))],
    more: rest.filter((field) => !main(field)),
  };
}
