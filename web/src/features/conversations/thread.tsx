import { ArrowDown } from "lucide-react";
import { type ReactNode, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";

interface Props {
  readonly children: ReactNode;
  /** Changes when the reader has sent something: then the end is shown, wherever they were. */
  readonly sentCount: number;
}

const NEAR_END_PX = 80;

/** The messages in a frame that stays at its end while they grow, until the reader scrolls away. */
export function Thread({ children, sentCount }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  const [isAway, setAway] = useState(false);

  const toEnd = useCallback(() => {
    const element = frame.current;
    if (element) element.scrollTop = element.scrollHeight;
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a message that was just sent is shown
  useLayoutEffect(() => {
    isAtEnd.current = true;
    toEnd();
  }, [sentCount, toEnd]);

  useEffect(() => {
    if (!content.current) return;
    const observer = new ResizeObserver(() => isAtEnd.current && toEnd());
    observer.observe(content.current);
    return () => observer.disconnect();
  }, [toEnd]);

  const onScroll = () => {
    const element = frame.current;
    if (!element) return;
    isAtEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_END_PX;
    setAway(!isAtEnd.current);
  };

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
