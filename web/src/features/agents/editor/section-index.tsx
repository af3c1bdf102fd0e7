import { useEffect, useRef, useState } from "react";
import { cx } from "@/lib/cx";

export const SECTIONS = [
  { id: "identity", label: "Identity" },
  { id: "connection", label: "Connection" },
  { id: "instructions", label: "Instructions" },
  { id: "model", label: "Model" },
  { id: "tools", label: "Tools" },
  { id: "agents", label: "Agents" },
  { id: "output", label: "Output" },
  { id: "variables", label: "Variables" },
  { id: "limits", label: "Limits" },
  { id: "memory", label: "Memory" },
  { id: "deployment", label: "Deployment" },
] as const;

/** How far down the window a section is the one that is read, as a part of its height. */
const READING_LINE = 0.3;
const BY_HAND = ["wheel", "touchmove", "keydown", "pointerdown"] as const;

/** The section at the reading line; at the very end the last one, which may be too short to come up to it. */
function sectionInSight(): string {
  const boxes = SECTIONS.flatMap(({ id }) => {
    const element = document.getElementById(id);
    return element ? [{ id, box: element.getBoundingClientRect() }] : [];
  });
  const [first, last] = [boxes[0], boxes.at(-1)];
  if (!first || !last) return SECTIONS[0].id;
  if (first.box.top < 0 && last.box.bottom <= window.innerHeight) return last.id;
  const line = window.innerHeight * READING_LINE;
  return (boxes.findLast(({ box }) => box.top <= line) ?? first).id;
}

/** Where one is in a long form, and the way to the other parts. */
export function SectionIndex({ isExternal }: { isExternal: boolean }) {
  const [current, setCurrent] = useState<string>(SECTIONS[0].id);
  /** After a jump the section that was asked for counts, wherever it came to stand, until one scrolls by hand. */
  const hasJumped = useRef(false);
  useEffect(() => {
    const look = () => {
      if (!hasJumped.current) setCurrent(sectionInSight());
    };
    const byHand = () => {
      hasJumped.current = false;
    };
    // Whatever scrolls, the form scrolls in it; scroll events do not bubble, but they are captured on the way down.
    document.addEventListener("scroll", look, { capture: true, passive: true });
    for (const event of BY_HAND) window.addEventListener(event, byHand, { passive: true });
    return () => {
      document.removeEventListener("scroll", look, { capture: true });
      for (const event of BY_HAND) window.removeEventListener(event, byHand);
    };
  }, []);

  function jump(id: string): void {
    hasJumped.current = true;
    const section = document.getElementById(id);
    section?.scrollIntoView({ block: "start", behavior: "smooth" });
    section
      ?.querySelector<HTMLElement>("input, textarea, select, [contenteditable=true], button")
      ?.focus({ preventScroll: true });
    setCurrent(id);
  }

  return (
    <nav
      aria-label="Sections of the agent"
      className="sticky top-0 z-10 -mx-4 flex gap-0.5 overflow-x-auto bg-canvas px-4 py-2 sm:-mx-6 sm:px-6"
    >
      {SECTIONS.filter(({ id }) => isExternal || id !== "connection").map(({ id, label }) => (
        <button
          key={id}
          type="button"
          aria-current={current === id ? "true" : undefined}
          onClick={() => jump(id)}
          className={cx(
            "h-7 shrink-0 rounded-full px-2 text-xs transition-colors focus-visible:-outline-offset-2",
            current === id ? "bg-selected font-medium text-fg" : "text-muted hover:bg-hover hover:text-fg",
          )}
        >
          {label}
        </button>
      ))}
    </nav>
  );
}
