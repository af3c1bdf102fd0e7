import { Image } from "lucide-react";
import type { Json, JsonObject } from "@/api/types";
import { JsonView } from "@/components/ui/json-view";
import { Markdown } from "@/components/ui/markdown";
import { bytes } from "@/lib/format";
import { isObject, parsed, textOf } from "./json-text";

const ROLE: Record<string, string> = { system: "Instructions", user: "User", assistant: "Agent", tool: "Tool" };

/** One message that a model was sent. */
export function MessageBox({ message }: { readonly message: JsonObject }) {
  const role = typeof message.role === "string" ? message.role : "";
  const content = parsed(message.content ?? null);
  const name = typeof message.name === "string" ? ` · ${message.name}` : "";
  const text = typeof content === "string" ? content : textOf(content);
  const images = Array.isArray(content) ? content.filter(isObject).filter((part) => part.type === "image") : [];
  return (
    <div className="rounded-md border border-line">
      <div className="border-b border-line bg-sunken px-3 py-1 text-xs text-muted">
        {ROLE[role] ?? role}
        {name}
      </div>
      <div className="max-h-96 overflow-auto px-3 py-2 text-sm">
        {text !== null && text !== "" ? (
          <Markdown text={text} />
        ) : (
          content !== null && content !== "" && images.length === 0 && <JsonView value={content} />
        )}
        {images.map((image, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a part is its place
          <p key={index} className="mt-1 flex items-center gap-1.5 text-muted text-xs">
            <Image aria-hidden="true" className="size-3.5" />
            {String(image.media_type ?? "image")}
            {typeof image.size_bytes === "number" && `, ${bytes(image.size_bytes)}`}
          </p>
        ))}
        {Array.isArray(message.tool_calls) && <Calls calls={message.tool_calls} />}
      </div>
    </div>
  );
}

/** The calls that a model asked for. */
export function Calls({ calls }: { readonly calls: readonly Json[] }) {
  return calls.filter(isObject).map((call, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: a call is its place
    <div key={index} className="mt-1 rounded-md border border-line px-3 py-2">
      <p className="mb-1 text-xs text-muted">
        calls <span className="font-medium text-fg">{String(call.name ?? "a tool")}</span>
      </p>
      <JsonView value={call.arguments ?? null} />
    </div>
  ));
}
