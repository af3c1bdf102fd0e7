import { Link } from "@tanstack/react-router";
import { Tag } from "lucide-react";
import type { Run } from "@/api/types";
import { cx } from "@/lib/cx";

const CHIP = "inline-flex max-w-full items-center gap-1 rounded bg-sunken px-1.5 text-xs";

/** The tags and the metadata of a run; each leads to the runs that share it. */
export function LabelChips({ run }: { readonly run: Pick<Run, "tags" | "metadata"> }) {
  return (
    <ul className="flex min-w-0 flex-wrap gap-1">
      {run.tags.map((tag) => (
        <li key={tag} className="min-w-0">
          <Link
            to="/runs"
            search={{ tag: [tag] }}
            title={`Runs with the tag ${tag}`}
            className={cx(CHIP, "hover:underline")}
          >
            <Tag aria-hidden className="size-3 shrink-0 text-faint" />
            <span className="truncate">{tag}</span>
          </Link>
        </li>
      ))}
      {Object.entries(run.metadata).map(([key, value]) => (
        <li key={key} className="min-w-0">
          <Link
            to="/runs"
            search={{ metadata: [`${key}=${value}`] }}
            title={`Runs with ${key}=${value}`}
            className={cx(CHIP, "hover:underline")}
          >
            <span className="truncate">
              <span className="text-muted">{key}=</span>
              {value}
            </span>
          </Link>
        </li>
      ))}
    </ul>
  );
}

/** The first tags of a run in a row of a list, where they are no links. */
export function TagsInRow({ tags, most = 2 }: { readonly tags: readonly string[]; readonly most?: number }) {
  if (tags.length === 0) return null;
  const rest = tags.slice(most);
  return (
    <span className="flex min-w-0 shrink items-center gap-1 max-md:hidden" title={tags.join(", ")}>
      <span className="sr-only">Tags: </span>
      {tags.slice(0, most).map((tag) => (
        <span key={tag} className="max-w-28 truncate rounded bg-sunken px-1.5 text-2xs text-muted">
          {tag}
        </span>
      ))}
      {rest.length > 0 && <span className="text-2xs text-faint">+{rest.length}</span>}
    </span>
  );
}
