import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Sparkles } from "lucide-react";
import { api, unwrap } from "@/api/client";
import { useCan } from "@/api/session";
import type { Agent, Model } from "@/api/types";
import { buttonClass } from "@/components/ui/button";
import { cx } from "@/lib/cx";

type Choice = Agent["config"]["model"];

function answering(models: readonly Model[], choice: Choice): Model | undefined {
  if (!choice.provider_id) return models.find((each) => (choice.name ? each.name === choice.name : each.is_default));
  const own = models.filter((each) => each.provider_id === choice.provider_id);
  return own.find((each) => each.name === choice.name) ?? own[0];
}

function sentenceOf(model: Model, isDefault: boolean): string {
  if (model.grade === "test") return "A script answers here, not a model. It can only show how tools are used.";
  if (!model.is_installed) return `The small local model ${model.name} is not installed yet.`;
  return `${isDefault ? "No model is connected: the" : "The"} small local model ${model.name} answers. It is for demonstrations only.`;
}

interface Props {
  agent: Agent | undefined;
  /** The choice of a draft in the place of the agent's own. */
  choice?: Choice | undefined;
  className?: string;
}

/** Says that a script or the demonstration model answers, and leads to a real one; nothing where a real one answers. */
export function DemonstrationNotice({ agent, choice = agent?.config.model, className }: Props) {
  const can = useCan();
  const models = useQuery({
    queryKey: ["providers", "models"],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/models", { signal })),
  });
  const model = choice && answering(models.data?.items ?? [], choice);
  if (!agent || !model || model.grade === "production") return null;
  const hasReal = models.data?.items.some((each) => each.grade === "production") ?? false;
  return (
    <div
      role="note"
      aria-label="Demonstration"
      className={cx("flex flex-wrap items-center gap-x-3 gap-y-1 rounded-md bg-warning-soft px-3 py-1.5", className)}
    >
      <Sparkles aria-hidden className="size-3.5 shrink-0 text-warning" />
      <span className="min-w-0 flex-1 basis-48 text-warning text-xs">{sentenceOf(model, !choice.provider_id)}</span>
      {!hasReal && can("models:write") && (
        <Link to="/settings/models" className={buttonClass("secondary", "sm")}>
          Connect a model
        </Link>
      )}
      {hasReal && can("agents:write") && (
        <Link to="/agents/$agentId" params={{ agentId: agent.id }} hash="model" className={buttonClass("secondary", "sm")}>
          Choose a model
        </Link>
      )}
    </div>
  );
}
