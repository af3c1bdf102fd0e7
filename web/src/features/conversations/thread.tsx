import { ArrowDown } from "lucide-react";
import { type ReactNode, useLayoutEffect, useRef } from "react";
import { useStickToEnd } from "@/lib/use-stick-to-end";

interface Props {
  readonly children: ReactNode;
  /** Changes when the reader has sent something: then the end is shown, wherever they were. */
  readonly sentCount: number;
}

/** The messages in a frame that stays at its end while they grow, until the reader scrolls away. */
export function Thread({ children, sentCount }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const { isAway, toEnd, onScroll } = useStickToEnd(frame, content, true);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a message that was just sent is shown
  useLayoutEffect(toEnd, [sentCount, toEnd]);

  return (
    <div className="relative min-h-0 flex-1">
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset is for the parts of a form */}
      <div
        ref={frame}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        role="group"
        aria-label="Messages"
        className="h-full overflow-y-auto"
        onScroll={onScroll}
      >
        <div ref={content} className="mx-auto max-w-[760px] px-4 py-6 sm:px-6">
          <h2 className="sr-only">Messages</h2>
          {children}
        </div>
      </div>
      {isAway && (
        <button
          type="button"
          className="absolute bottom-3 left-1/2 flex -translate-x-1/2 items-center gap-1.5 rounded-full border border-line-strong bg-raised px-3 py-1.5 font-medium text-xs shadow-pop hover:bg-hover"
          onClick={toEnd}
        >
          <ArrowDown aria-hidden="true" className="size-3.5" /> Latest
        </button>
      )}
    </div>
  );
}
