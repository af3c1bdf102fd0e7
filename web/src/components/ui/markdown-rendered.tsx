import type { ComponentProps } from "react";
import ReactMarkdown, { type Components } from "react-markdown";
import rehypeSanitize from "rehype-sanitize";
import remarkGfm from "remark-gfm";
import { isOwnPath } from "@/lib/own-path";
import { CopyButton } from "./copy-button";

/** A text within a page begins below the headings of the page. */
const HEADINGS: Components = { h1: "h3", h2: "h4", h3: "h5", h4: "h6", h5: "h6", h6: "h6" };

/** Links leave the console in a tab of their own; pictures of other sites are not loaded by looking at an answer. */
const COMPONENTS: Components = {
  ...HEADINGS,
  a: ({ node: _, href, children, ...rest }) => (
    <a {...rest} href={href} target="_blank" rel="noreferrer noopener">
      {children}
    </a>
  ),
  img: ({ src, alt }) =>
    typeof src === "string" && isOwnPath(src) ? (
      <img src={src} alt={alt ?? ""} />
    ) : (
      <a href={typeof src === "string" ? src : undefined} target="_blank" rel="noreferrer noopener">
        {alt || "picture"}
      </a>
    ),
  pre: ({ node: _, ...rest }) => <CodeBlock {...rest} />,
  table: ({ node: _, ...rest }) => (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for the parts of a form
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table scrolls, and the keyboard must reach it
    <div className="markdown-table" role="group" aria-label="Table" tabIndex={0}>
      <table {...rest} />
    </div>
  ),
};

function CodeBlock(props: ComponentProps<"pre">) {
  return (
    <div className="markdown-code group/code">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: long lines scroll, and the keyboard must reach them */}
      <pre {...props} tabIndex={0} />
      <CopyButton
        className="absolute top-1.5 right-1.5 opacity-0 group-hover/code:opacity-100 focus-visible:opacity-100"
        label="Copy code"
        text={textIn(props.children)}
      />
    </div>
  );
}

function textIn(node: unknown): string {
  if (typeof node === "string") return node;
  if (Array.isArray(node)) return node.map(textIn).join("");
  if (typeof node === "object" && node !== null && "props" in node)
    return textIn((node.props as { children?: unknown }).children);
  return "";
}

export default function MarkdownRendered({ text }: { readonly text: string }) {
  return (
    <ReactMarkdown remarkPlugins={[remarkGfm]} rehypePlugins={[rehypeSanitize]} components={COMPONENTS}>
      {text}
    </ReactMarkdown>
  );
}
