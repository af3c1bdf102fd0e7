import { ChevronRight, Trash2, TriangleAlert } from "lucide-react";
import { useId, useState } from "react";
import type { AgentTool, JsonObject, Tool } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { IconButton } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Textarea } from "@/components/ui/input";
import { Switch } from "@/components/ui/switch";
import { parseJson, stringifyJson } from "@/lib/exact-json";
import { ApprovalFields } from "./approval-fields";

interface Props {
  use: AgentTool;
  /** Undefined while the tools are being read, and when there is none of this name. */
  tool: Tool | undefined;
  isLoaded: boolean;
  isReadOnly: boolean;
  error: string | undefined;
  onChange: (use: AgentTool) => void;
  onRemove: () => void;
}

export function ToolRow({ use, tool, isLoaded, isReadOnly, error, onChange, onRemove }: Props) {
  const id = useId();
  return (
    <li className="px-4 py-3">
      <div className="flex items-start gap-3">
        <div className="min-w-0 flex-1">
          <p className="flex flex-wrap items-center gap-1.5 font-medium text-fg">
            <code className="text-xs">{use.name}</code>
            {tool?.effect === "dangerous" && (
              <Badge tone="warning" icon={TriangleAlert} title="A repeated call has its effect again.">
                changes things
              </Badge>
            )}
            {tool && !tool.is_active && <Badge tone="danger">disabled</Badge>}
            {isLoaded && !tool && <Badge tone="danger">unknown tool</Badge>}
          </p>
          {tool && <p className="line-clamp-2 text-muted text-xs">{tool.description}</p>}
        </div>
        <div className="flex shrink-0 items-center gap-2">
          <label htmlFor={id} className="text-muted text-xs">
            Require approval
          </label>
          <Switch
            id={id}
            checked={use.requires_approval}
            disabled={isReadOnly}
            onChange={(requires_approval) =>
              onChange({ ...use, requires_approval, approval: requires_approval ? use.approval : null })
            }
          />
          {!isReadOnly && <IconButton size="sm" label={`Remove ${use.name}`} icon={Trash2} onClick={onRemove} />}
        </div>
      </div>
      {use.requires_approval && (
        <ApprovalFields
          name={use.name}
          approval={use.approval}
          isReadOnly={isReadOnly}
          error={undefined}
          onChange={(approval) => onChange({ ...use, approval })}
        />
      )}
      <Settings use={use} isReadOnly={isReadOnly} error={error} onChange={onChange} />
    </li>
  );
}

function Settings({ use, isReadOnly, error, onChange }: Pick<Props, "use" | "isReadOnly" | "error" | "onChange">) {
  const hasSettings = Object.keys(use.settings).length > 0;
  const [text, setText] = useState(() => (hasSettings ? stringifyJson(use.settings, 2) : ""));
  const [problem, setProblem] = useState<string>();

  function onText(next: string): void {
    setText(next);
    try {
      const settings: unknown = next.trim() === "" ? {} : parseJson(next);
      const isObject = typeof settings === "object" && settings !== null && !Array.isArray(settings);
      setProblem(isObject ? undefined : 'Settings are an object: {"name": value}.');
      if (isObject) onChange({ ...use, settings: settings as JsonObject });
    } catch {
      setProblem("Invalid JSON.");
    }
  }

  return (
    <details className="group mt-1.5" open={Boolean(error) || undefined}>
      <summary className="inline-flex list-none items-center gap-1 text-muted text-xs hover:text-fg">
        <ChevronRight aria-hidden className="size-3 transition-transform group-open:rotate-90" />
        Settings{hasSettings && `: ${Object.keys(use.settings).join(", ")}`}
      </summary>
      <Field
        className="mt-2"
        label={`Settings of ${use.name}`}
        hideLabel
        error={problem ?? error}
        hint="JSON that restricts the tool for this agent. Strings may contain {{variables}}."
      >
        {(control) => (
          <Textarea
            {...control}
            rows={4}
            spellCheck={false}
            className="font-mono text-xs"
            placeholder='{"arguments": {"region": "{{region}}"}}'
            value={text}
            disabled={isReadOnly}
            onChange={(event) => onText(event.target.value)}
          />
        )}
      </Field>
    </details>
  );
}
