import { useEffect, useState } from "react";
import { cx } from "@/lib/cx";

export const SECTIONS = [
  { id: "identity", label: "Identity" },
  { id: "instructions", label: "Instructions" },
  { id: "model", label: "Model" },
  { id: "tools", label: "Tools" },
  { id: "variables", label: "Variables" },
  { id: "limits", label: "Limits" },
  { id: "memory", label: "Memory" },
] as const;

/** Where one is in a long form, and the way to the other parts. */
export function SectionIndex() {
  const [current, setCurrent] = useState<string>(SECTIONS[0].id);
  useEffect(() => {
    const observer = new IntersectionObserver(
      (entries) => {
        const top = entries.find((entry) => entry.isIntersecting);
        if (top) setCurrent(top.target.id);
      },
      { rootMargin: "-20% 0px -70% 0px" },
    );
    for (const { id } of SECTIONS) {
      const element = document.getElementById(id);
      if (element) observer.observe(element);
    }
    return () => observer.disconnect();
  }, []);

  function jump(id: string): void {
    const section = document.getElementById(id);
    section?.scrollIntoView({ block: "start", behavior: "smooth" });
    section
      ?.querySelector<HTMLElement>("input, textarea, select, [contenteditable=true], button")
      ?.focus({ preventScroll: true });
    setCurrent(id);
  }

  return (
    <nav
      aria-label="Parts of the agent"
      className="sticky top-0 z-10 -mx-4 flex gap-1 overflow-x-auto bg-canvas px-4 py-2 sm:-mx-6 sm:px-6"
    >
      {SECTIONS.map(({ id, label }) => (
        <button
          key={id}
          type="button"
          aria-current={current === id ? "true" : undefined}
          onClick={() => jump(id)}
          className={cx(
            "h-7 shrink-0 rounded-full px-2.5 text-xs transition-colors",
            current === id ? "bg-selected font-medium text-fg" : "text-muted hover:bg-hover hover:text-fg",
          )}
        >
          {label}
        </button>
      ))}
    </nav>
  );
}
