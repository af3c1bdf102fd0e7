import { TriangleAlert } from "lucide-react";
import { lazy, Suspense } from "react";
import type { AgentVariable } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Section } from "@/components/ui/card";
import { Textarea } from "@/components/ui/input";
import { count } from "@/lib/format";
import { variablesIn } from "./draft";
import type { SectionProps } from "./section-props";

const InstructionsEditor = lazy(() => import("./instructions-editor"));

interface Props extends SectionProps {
  variables: readonly AgentVariable[];
  onAddVariable: (name: string) => void;
}

export function InstructionsSection({ draft, isReadOnly, problemOf, variables, onAddVariable }: Props) {
  const { definition, set } = draft;
  const known = variables.map((variable) => variable.name);
  const unknown = variablesIn(definition.instructions).filter((name) => !known.includes(name));
  const error = problemOf("instructions");
  return (
    <Section
      id="instructions"
      title="Instructions"
      description="System prompt sent with every run. Type {{ for a variable."
      actions={<span className="text-faint text-xs tabular-nums">{count(definition.instructions.length)} characters</span>}
    >
      <Suspense
        fallback={
          <Textarea
            aria-label="Instructions"
            rows={14}
            value={definition.instructions}
            disabled={isReadOnly}
            onChange={(event) => set({ instructions: event.target.value })}
          />
        }
      >
        <InstructionsEditor
          text={definition.instructions}
          onChange={(instructions) => set({ instructions })}
          variables={variables}
          isReadOnly={isReadOnly}
        />
      </Suspense>
      {error && <p className="mt-2 text-danger text-xs">{error}</p>}
      {unknown.length > 0 && (
        <div role="status" className="mt-2 flex flex-wrap items-center gap-2 text-warning text-xs">
          <TriangleAlert aria-hidden className="size-3.5" />
          {unknown.length === 1 ? "Unknown variable:" : "Unknown variables:"}
          {unknown.map((name) =>
            isReadOnly ? (
              <code key={name}>{name}</code>
            ) : (
              <Button key={name} size="sm" onClick={() => onAddVariable(name)}>
                Add {name}
              </Button>
            ),
          )}
        </div>
      )}
    </Section>
  );
}
