import { lazy, memo, Suspense } from "react";
import "./markdown.css";
import { markdownBlocks } from "@/lib/markdown-blocks";

const Rendered = lazy(() => import("./markdown-rendered"));

/**
 * Markdown from a model or a person, sanitized. The renderer is loaded when first needed; until then the plain text
 * shows. A text that grows is drawn block by block, so only its last block is drawn again.
 */
export function Markdown({ text }: { readonly text: string }) {
  return (
    <div className="markdown">
      {markdownBlocks(text).map((block, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: blocks have no identity but their place, and only the last one changes
        <Block key={index} text={block} />
      ))}
    </div>
  );
}

const Block = memo(function Block({ text }: { readonly text: string }) {
  return (
    <Suspense fallback={<p className="whitespace-pre-wrap">{text}</p>}>
      <Rendered text={text} />
    </Suspense>
  );
});
