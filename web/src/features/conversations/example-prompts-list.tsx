import type { Agent } from "@/api/types";
import { examplePrompts } from "./example-prompts";

interface Props {
  readonly agent: Agent | undefined;
  readonly onChoose: (text: string) => void;
}

/** Where nothing was said yet: who one is talking to, and some questions to begin with. */
export function ExamplePrompts({ agent, onChoose }: Props) {
  return (
    <div className="mx-auto flex max-w-lg flex-col items-center gap-4 pt-[8vh] text-center">
      <div>
        <h2 className="font-semibold text-xl">{agent ? `How can ${agent.name} help?` : "How can an agent help?"}</h2>
        {agent?.description && <p className="mt-1 text-balance text-muted">{agent.description}</p>}
      </div>
      <ul aria-label="Example questions" className="grid w-full gap-2">
        {examplePrompts(agent).map((text) => (
          <li key={text}>
            <button
              type="button"
              className="w-full rounded-xl border border-line bg-surface px-4 py-3 text-left text-base hover:border-line-strong hover:bg-hover"
              onClick={() => onChoose(text)}
            >
              {text}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
