import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Circle, CircleCheck, X } from "lucide-react";
import { api, unwrap } from "@/api/client";
import { useCan } from "@/api/session";
import type { GettingStarted as Steps } from "@/api/types";
import { IconButton } from "@/components/ui/button";
import { Section } from "@/components/ui/card";
import { useToast } from "@/components/ui/toast";
import { cx } from "@/lib/cx";
import { gettingStarted } from "./api";

interface Step {
  field: Exclude<keyof Steps, "dismissed">;
  label: string;
  why: string;
  to: string;
  permission: string;
}

const STEPS: readonly Step[] = [
  {
    field: "has_model_provider",
    label: "Connect a model",
    why: "Add a provider and its key, or an Ollama on this machine.",
    to: "/settings/models",
    permission: "models:write",
  },
  {
    field: "has_run",
    label: "Run an agent",
    why: "Open a starter agent and send it a prompt.",
    to: "/chat",
    permission: "runs:write",
  },
  {
    field: "has_own_agent",
    label: "Create your own agent",
    why: "From a template, or from scratch: a name and instructions are enough.",
    to: "/agents/new",
    permission: "agents:write",
  },
  {
    field: "has_colleague",
    label: "Invite a colleague",
    why: "Send a link, and choose the role.",
    to: "/settings/members",
    permission: "members:write",
  },
  {
    field: "has_api_key",
    label: "Create an API key",
    why: "For your programs and the command line.",
    to: "/settings/api-keys",
    permission: "api_keys:write",
  },
];

/** The first steps, each ticked once the organization shows it; hidden from you once you dismiss them. */
export default function GettingStarted() {
  const can = useCan();
  const client = useQueryClient();
  const toast = useToast();
  const found = useQuery(gettingStarted);
  const dismiss = useMutation({
    mutationFn: () => unwrap(api.PUT("/api/v1/getting-started", { body: { dismissed: true } })),
    onSuccess: (after) => client.setQueryData(gettingStarted.queryKey, after),
    onError: toast.danger,
  });
  const steps = STEPS.filter((step) => can(step.permission));
  const state = found.data;
  if (!state || state.dismissed || steps.length === 0) return null;
  const done = steps.filter((step) => state[step.field]).length;
  return (
    <Section
      title="Getting started"
      description={done === steps.length ? "All steps are done." : `${done} of ${steps.length} steps done.`}
      flush
      actions={
        <IconButton
          label="Dismiss getting started"
          icon={X}
          size="sm"
          disabled={dismiss.isPending}
          onClick={() => dismiss.mutate()}
        />
      }
    >
      <ol className="grid divide-line max-lg:divide-y lg:grid-cols-5 lg:divide-x">
        {steps.map((step) => {
          const isDone = state[step.field];
          const Icon = isDone ? CircleCheck : Circle;
          return (
            <li key={step.field}>
              <Link
                to={step.to}
                className="flex h-full gap-2.5 px-4 py-3 hover:bg-hover focus-visible:-outline-offset-2 max-lg:py-2.5"
              >
                <Icon aria-hidden className={cx("mt-0.5 size-4 shrink-0", isDone ? "text-success" : "text-faint")} />
                <span className="min-w-0">
                  <span className={cx("block font-medium text-sm", isDone ? "text-muted" : "text-fg")}>
                    {step.label}
                    <span className="sr-only">{isDone ? " (done)" : " (to do)"}</span>
                  </span>
                  <span className="block text-muted text-xs">{step.why}</span>
                </span>
              </Link>
            </li>
          );
        })}
      </ol>
    </Section>
  );
}
