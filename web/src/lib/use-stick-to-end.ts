import { type RefObject, useCallback, useEffect, useRef, useState } from "react";

const NEAR_END_PX = 80;

/**
 * Keeps a scrolled frame at its end while its content grows, until the reader scrolls away from there; back at the end it
 * sticks again. `toEnd` goes there in any case.
 */
export function useStickToEnd(
  frame: RefObject<HTMLElement | null>,
  content: RefObject<HTMLElement | null>,
  startsAtEnd: boolean,
) {
  const isAtEnd = useRef(startsAtEnd);
  const [isAway, setAway] = useState(false);

  const toEnd = useCallback(() => {
    isAtEnd.current = true;
    const element = frame.current;
    if (element) element.scrollTop = element.scrollHeight;
  }, [frame]);

  const onScroll = useCallback(() => {
    const element = frame.current;
    if (!element) return;
    isAtEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_END_PX;
    setAway(!isAtEnd.current);
  }, [frame]);

  useEffect(() => {
    if (!content.current) return;
    const observer = new ResizeObserver(() => isAtEnd.current && toEnd());
    observer.observe(content.current);
    return () => observer.disconnect();
  }, [content, toEnd]);

  return { isAway, toEnd, onScroll };
}
