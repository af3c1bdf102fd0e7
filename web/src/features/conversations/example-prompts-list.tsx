import { examplePrompts } from "./example-prompts";
import type { Partner } from "./partner";

interface Props {
  readonly partner: Partner | undefined;
  readonly onChoose: (text: string) => void;
}

/** Where nothing was said yet: who one is talking to, and some questions to begin with. */
export function ExamplePrompts({ partner, onChoose }: Props) {
  const prompts = !partner || partner.kind === "agent" ? examplePrompts(partner?.agent) : [];
  return (
    <div className="mx-auto flex max-w-lg flex-col items-center gap-4 pt-[8vh] text-center">
      <div>
        <h2 className="font-semibold text-xl">{partner ? `How can ${partner.name} help?` : "How can an agent help?"}</h2>
        {partner?.description && <p className="mt-1 text-balance text-muted">{partner.description}</p>}
      </div>
      {prompts.length > 0 && (
        <ul aria-label="Example questions" className="grid w-full gap-2">
          {prompts.map((text) => (
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
      )}
    </div>
  );
}
