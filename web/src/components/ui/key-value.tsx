import { Fragment, type ReactNode } from "react";

/** Facts as a definition list: name at the left, value at the right. Rows whose value is null or undefined are left out. */
export function KeyValueList({ rows }: { rows: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className="grid grid-cols-[minmax(6rem,auto)_minmax(0,1fr)] gap-x-4 gap-y-1.5 text-sm">
      {rows
        .filter(([, value]) => value !== null && value !== undefined)
        .map(([name, value]) => (
          <Fragment key={name}>
            <dt className="text-muted">{name}</dt>
            <dd className="min-w-0 break-words text-fg">{value}</dd>
          </Fragment>
        ))}
    </dl>
  );
}
