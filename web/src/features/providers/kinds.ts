/** What a person needs to know of each kind of provider to add one. */
import type { NewProvider, ProviderKind } from "@/api/types";

export interface KindFacts {
  kind: NewProvider["kind"];
  label: string;
  hint: string;
  needsKey: boolean;
  needsUrl: boolean;
  urlPlaceholder: string;
  modelPlaceholder: string;
}

export const KINDS: readonly KindFacts[] = [
  {
    kind: "openai",
    label: "OpenAI",
    hint: "Requires an API key of an OpenAI project.",
    needsKey: true,
    needsUrl: false,
    urlPlaceholder: "https://api.openai.com/v1",
    modelPlaceholder: "gpt-…",
  },
  {
    kind: "anthropic",
    label: "Anthropic",
    hint: "Requires an API key of an Anthropic workspace.",
    needsKey: true,
    needsUrl: false,
    urlPlaceholder: "https://api.anthropic.com",
    modelPlaceholder: "claude-…",
  },
  {
    kind: "google",
    label: "Google",
    hint: "Gemini. Requires an API key of Google AI Studio.",
    needsKey: true,
    needsUrl: false,
    urlPlaceholder: "https://generativelanguage.googleapis.com",
    modelPlaceholder: "gemini-…",
  },
  {
    kind: "ollama",
    label: "Ollama",
    hint: "Models on your own machine.",
    needsKey: false,
    needsUrl: false,
    urlPlaceholder: "http://localhost:11434",
    modelPlaceholder: "llama3.2",
  },
  {
    kind: "openai_compatible",
    label: "OpenAI-compatible",
    hint: "Any OpenAI-compatible API: vLLM, LiteLLM, OpenRouter, Mistral, Groq and others.",
    needsKey: false,
    needsUrl: true,
    urlPlaceholder: "https://models.example.com/v1",
    modelPlaceholder: "the model's name there",
  },
];

const OTHERS: Partial<Record<ProviderKind, string>> = { local: "On this machine", scripted: "Scripted" };

export function kindLabel(kind: ProviderKind): string {
  return KINDS.find((each) => each.kind === kind)?.label ?? OTHERS[kind] ?? kind;
}
