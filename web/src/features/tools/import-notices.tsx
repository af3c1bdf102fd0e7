import type { ToolImport } from "@/api/types";
import { Notice } from "@/components/ui/notice";
import { plural } from "@/lib/format";

/** What of a document cannot be imported or is sent differently, and which tools it no longer has. */
export function ImportNotices({ offer }: { readonly offer: ToolImport }) {
  const skipped = offer.skipped.map((each) => `${each.method} ${each.path}: ${each.reason}`);
  const removed = offer.removed.map((each) => `${each.name} (${each.operation})`);
  return (
    <>
      <Group title={`${plural(skipped.length, "operation")} skipped`} lines={skipped} />
      <Group title={plural(offer.warnings.length, "warning")} lines={offer.warnings} />
      <Group title={`${plural(removed.length, "imported tool")} no longer in the spec`} lines={removed} />
    </>
  );
}

function Group({ title, lines }: { readonly title: string; readonly lines: readonly string[] }) {
  if (lines.length === 0) return null;
  return (
    <Notice tone="warning">
      <details open={lines.length <= 3}>
        <summary className="cursor-pointer font-medium">{title}</summary>
        <ul className="mt-1 max-h-40 list-disc overflow-y-auto pl-4">
          {lines.map((line) => (
            <li key={line} className="break-words">
              {line}
            </li>
          ))}
        </ul>
      </details>
    </Notice>
  );
}
