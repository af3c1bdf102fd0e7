import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import { cx } from "@/lib/cx";

const TOLD_MS = 1600;

export function CopyButton({ text, label = "Copy", className }: { text: string; label?: string; className?: string }) {
  const [isCopied, setIsCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setIsCopied(false), TOLD_MS);
    return () => clearTimeout(timer);
  }, [isCopied]);
  const Icon = isCopied ? Check : Copy;
  return (
    <button
      type="button"
      title={label}
      aria-label={isCopied ? "Copied" : label}
      onClick={() => void copyText(text).then(setIsCopied)}
      className={cx(
        "inline-flex size-6 shrink-0 items-center justify-center rounded text-faint transition-colors hover:bg-hover hover:text-fg",
        isCopied && "text-success",
        className,
      )}
    >
      <Icon aria-hidden className="size-3.5" />
    </button>
  );
}

/** Copies and says whether it could: over plain HTTP on another host the browser has no clipboard for pages. */
export async function copyText(text: string): Promise<boolean> {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
    return true;
  }
  const area = document.createElement("textarea");
  area.value = text;
  area.setAttribute("readonly", "");
  area.style.position = "fixed";
  area.style.opacity = "0";
  document.body.append(area);
  area.select();
  const isDone = document.execCommand("copy");
  area.remove();
  return isDone;
}
