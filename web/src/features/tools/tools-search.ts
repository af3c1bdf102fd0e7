/** What of the tools' page stands in its address. It is read with the first page: nothing of the page itself is imported here. */
import { defined } from "@/lib/defined";
import { text } from "@/lib/search";
import type { ToolFilter } from "./api";
import { KINDS } from "./labels";

/** The dialogs that create tools. */
export const NEW = ["api", "openapi", "database", "file", "custom", "mcp"] as const;

/** The filters, and what is open: a tool beside the list, or a dialog that makes one. */
export interface ToolsSearch extends ToolFilter {
  tool?: string | undefined;
  new?: (typeof NEW)[number] | undefined;
}

function oneOf<T extends string>(options: readonly T[], value: unknown): T | undefined {
  return options.find((each) => each === value);
}

export function readToolsSearch(search: Record<string, unknown>): ToolsSearch {
  return defined({
    tool: text(search.tool),
    new: oneOf(NEW, search.new),
    q: text(search.q),
    kind: oneOf(Object.keys(KINDS) as (keyof typeof KINDS)[], search.kind),
    off: search.off === true ? true : undefined,
  });
}
