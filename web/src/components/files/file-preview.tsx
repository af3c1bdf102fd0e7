import { queryOptions, useQuery } from "@tanstack/react-query";
import { FileQuestion } from "lucide-react";
import { requestHeaders } from "@/api/client";
import type { Json } from "@/api/types";
import { EmptyState } from "@/components/ui/empty-state";
import { ErrorState } from "@/components/ui/error-state";
import { JsonView } from "@/components/ui/json-view";
import { Markdown } from "@/components/ui/markdown";
import { Skeleton } from "@/components/ui/skeleton";
import { parseJson } from "@/lib/exact-json";
import { parseCsv } from "./csv-rows";

/** A file of a run or of a message. */
export interface PreviewedFile {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly size: number;
  readonly url: string;
}

const TOO_LARGE_BYTES = 2_000_000;
const ROWS = 500;

/** What is in a file, by its type: a picture, a tree, a page, a grid, or text. Nothing of it is run. */
export function FilePreview({ file }: { readonly file: PreviewedFile }) {
  if (file.type.startsWith("image/")) return <Picture file={file} />;
  if (!isText(file.type)) return <NoPreview title="No preview for this type" />;
  if (file.size > TOO_LARGE_BYTES) return <NoPreview title="Too large for a preview" />;
  return <TextPreview file={file} />;
}

function NoPreview({ title }: { readonly title: string }) {
  return (
    <EmptyState icon={FileQuestion} title={title}>
      Download the file to open it.
    </EmptyState>
  );
}

function isText(type: string): boolean {
  return type.startsWith("text/") || /json|xml|yaml|javascript|csv/.test(type);
}

function Picture({ file }: { readonly file: PreviewedFile }) {
  return (
    <div className="grid min-h-full place-items-center bg-[repeating-conic-gradient(var(--color-sunken)_0_25%,transparent_0_50%)] [background-size:16px_16px] p-6">
      <img src={file.url} alt={file.name} className="max-h-[70vh] max-w-full rounded border border-line" />
    </div>
  );
}

function fileText({ id, url }: PreviewedFile) {
  return queryOptions({
    queryKey: ["file", id],
    queryFn: async ({ signal }) => {
      const response = await fetch(url, { headers: requestHeaders("GET"), signal });
      if (!response.ok) throw new Error(`The server answered ${response.status}.`);
      return response.text();
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
}

function TextPreview({ file }: { readonly file: PreviewedFile }) {
  const content = useQuery(fileText(file));
  if (content.isPending) return <Skeleton className="m-4 h-48" />;
  if (content.isLoadingError) return <ErrorState error={content.error} onRetry={() => void content.refetch()} />;
  const text = content.data;
  if (file.type.includes("markdown"))
    return (
      <div className="max-w-[760px] p-5 text-sm">
        <Markdown text={text} />
      </div>
    );
  if (file.type.includes("csv")) return <Grid text={text} />;
  const json = file.type.includes("json") ? parsedOrNull(text) : undefined;
  if (json !== undefined)
    return (
      <div className="p-4">
        <JsonView value={json} open={3} />
      </div>
    );
  return <pre className="p-4 font-mono text-xs whitespace-pre-wrap break-words">{text}</pre>;
}

function parsedOrNull(text: string): Json | undefined {
  try {
    return parseJson(text) as Json;
  } catch {
    return undefined;
  }
}

function Grid({ text }: { readonly text: string }) {
  const [head, ...rows] = parseCsv(text, ROWS + 1);
  if (!head) return <EmptyState icon={FileQuestion} title="The file is empty" />;
  return (
    <div>
      <table className="w-max min-w-full border-collapse text-sm">
        <thead className="sticky top-0 bg-surface">
          <tr>
            {head.map((name, column) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a column is its place
              <th key={column} scope="col" className="border-b border-line px-3 py-2 text-left font-medium">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place
            <tr key={index} className="hover:bg-hover">
              {head.map((_, column) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a column is its place
                <td key={column} className="max-w-80 truncate border-b border-line px-3 py-1.5 tabular-nums">
                  {row[column] ?? ""}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length >= ROWS && (
        <p className="px-3 py-2 text-xs text-muted">The first {ROWS} rows. Download the file for the rest.</p>
      )}
    </div>
  );
}
