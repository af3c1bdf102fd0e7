import type { AgentTemplate } from "@/api/types";
import { Badge } from "@/components/ui/badge";

/** What an agent of the template begins with, before it is made. */
export function TemplatePreview({ template }: { readonly template: AgentTemplate }) {
  const { instructions, config, variables } = template.default_config;
  return (
    <details className="rounded-lg border border-line px-3 py-2">
      <summary className="cursor-pointer font-medium text-sm">What it begins with</summary>
      <dl className="mt-2 flex flex-col gap-3 text-sm">
        <div>
          <dt className="text-muted text-xs">Instructions</dt>
          <dd
            // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
            tabIndex={0}
            className="mt-1 max-h-56 overflow-y-auto whitespace-pre-wrap break-words rounded-md bg-sunken p-2.5 text-xs leading-5"
          >
            {instructions || "None"}
          </dd>
        </div>
        <Names term="Tools" names={config.tools.map((tool) => tool.name)} />
        <Names term="Variables" names={variables.map((variable) => variable.name)} />
      </dl>
    </details>
  );
}

function Names({ term, names }: { readonly term: string; readonly names: readonly string[] }) {
  return (
    <div>
      <dt className="text-muted text-xs">{term}</dt>
      <dd className="mt-1 flex flex-wrap gap-1.5">
        {names.length === 0 ? "None" : names.map((name) => <Badge key={name}>{name}</Badge>)}
      </dd>
    </div>
  );
}
