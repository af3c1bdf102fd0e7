import { useState } from "react";
import type { MetricBucket } from "@/api/types";
import { Button } from "@/components/ui/button";
import { type Column, DataTable } from "@/components/ui/data-table";
import { Dot, type Line, lineColor } from "./line-chart";
import { bucketLabel } from "./scale";

interface Props {
  buckets: readonly number[];
  bucket: MetricBucket;
  lines: readonly Line[];
  format: (value: number) => string;
  onBucket: (index: number) => void;
}

interface Row {
  index: number;
  at: number;
}

const FEW = 24;

/** The chart's values as a table: for the keyboard, for screen readers, and for exact figures. */
export function BucketTable({ buckets, bucket, lines, format, onBucket }: Props) {
  const [isWhole, setWhole] = useState(false);
  const rows: Row[] = buckets
    .map((at, index) => ({ at, index }))
    .filter(({ index }) => lines.some((line) => line.values[index] != null))
    .reverse();
  const columns: Column<Row>[] = [
    {
      id: "at",
      header: bucket === "day" ? "Day" : "Time",
      cell: (row) => (
        <button
          type="button"
          data-row-action
          className="whitespace-nowrap font-medium text-fg hover:underline"
          title="Open the runs of this time"
          onClick={() => onBucket(row.index)}
        >
          {bucketLabel(row.at, bucket)}
        </button>
      ),
    },
    ...lines.map((line, number) => ({
      id: line.name,
      header: (
        <span className="inline-flex items-center gap-1.5">
          <Dot color={lineColor(number)} /> {line.name}
        </span>
      ),
      align: "end" as const,
      cell: (row: Row) => {
        const value = line.values[row.index];
        return <span className="tabular-nums">{value == null ? "—" : format(value)}</span>;
      },
    })),
  ];
  return (
    <>
      <DataTable
        label="Buckets"
        rows={isWhole ? rows : rows.slice(0, FEW)}
        columns={columns}
        rowKey={(row) => String(row.at)}
      />
      {!isWhole && rows.length > FEW && (
        <div className="p-3 text-center">
          <Button onClick={() => setWhole(true)}>Show all {rows.length} buckets</Button>
        </div>
      )}
    </>
  );
}
