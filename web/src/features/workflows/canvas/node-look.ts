import {
  Bot,
  Box,
  Braces,
  CalendarClock,
  CodeXml,
  GitFork,
  Globe,
  Hand,
  Layers,
  type LucideIcon,
  MessageCircleQuestion,
  Radio,
  Repeat,
  Route,
  Sparkles,
  StickyNote,
  UsersRound,
  Workflow,
  Wrench,
} from "lucide-react";
import type { JsonObject } from "@/api/types";
import { listOf, objectOf, textOf } from "../graph/document";
import { words } from "../graph/schema";

interface Look {
  readonly icon: LucideIcon;
  readonly ink: string;
}

const LOOKS: Readonly<Record<string, Look>> = {
  agent: { icon: Bot, ink: "bg-violet-soft text-violet" },
  team: { icon: UsersRound, ink: "bg-violet-soft text-violet" },
  workflow: { icon: Workflow, ink: "bg-violet-soft text-violet" },
  model: { icon: Sparkles, ink: "bg-violet-soft text-violet" },
  tool: { icon: Wrench, ink: "bg-accent-soft text-accent-text" },
  http: { icon: Globe, ink: "bg-accent-soft text-accent-text" },
  code: { icon: CodeXml, ink: "bg-accent-soft text-accent-text" },
  transform: { icon: Braces, ink: "bg-accent-soft text-accent-text" },
  condition: { icon: GitFork, ink: "bg-info-soft text-info" },
  switch: { icon: Route, ink: "bg-info-soft text-info" },
  map: { icon: Layers, ink: "bg-info-soft text-info" },
  loop: { icon: Repeat, ink: "bg-info-soft text-info" },
  approval: { icon: Hand, ink: "bg-warning-soft text-warning" },
  question: { icon: MessageCircleQuestion, ink: "bg-warning-soft text-warning" },
  wait_until: { icon: CalendarClock, ink: "bg-warning-soft text-warning" },
  wait_for_event: { icon: Radio, ink: "bg-warning-soft text-warning" },
  note: { icon: StickyNote, ink: "bg-sunken text-muted" },
};

const UNKNOWN: Look = { icon: Box, ink: "bg-sunken text-muted" };

export function lookOf(type: string): Look {
  return LOOKS[type] ?? UNKNOWN;
}

/** The groups of the palette; a type that is in none comes last. */
const GROUPS: readonly (readonly [string, readonly string[]])[] = [
  ["Work", ["agent", "team", "workflow", "model", "tool", "http", "code", "transform"]],
  ["Flow", ["condition", "switch", "map", "loop"]],
  ["People and time", ["approval", "question", "wait_until", "wait_for_event"]],
];

export function groupsOf<T extends { readonly type: string }>(types: readonly T[]): { name: string; types: T[] }[] {
  const known = new Set(GROUPS.flatMap(([, names]) => names));
  const groups = GROUPS.map(([name, names]) => ({
    name,
    types: names.flatMap((one) => types.filter((each) => each.type === one)),
  }));
  return [...groups, { name: "Other", types: types.filter((each) => !known.has(each.type)) }].filter(
    (group) => group.types.length > 0,
  );
}

/** What a node does, in a few words: its type, and what it works with. */
export function summaryOf(node: JsonObject): string {
  const type = textOf(node.type);
  const about = aboutOf(type, node);
  return about === "" ? words(type) : `${words(type)} · ${about}`;
}

function aboutOf(type: string, node: JsonObject): string {
  const reference = objectOf(node[type]);
  if (textOf(reference.name) !== "") return textOf(reference.name);
  const nodes = listOf(objectOf(node.body).nodes).length;
  if (type === "map" || type === "loop") return nodes === 1 ? "1 node" : `${nodes} nodes`;
  const keys = Object.keys(objectOf(node.set));
  if (keys.length > 0) return keys.join(", ");
  return textOf(node.after) || textOf(node.event) || textOf(node.on) || textOf(node.method);
}
