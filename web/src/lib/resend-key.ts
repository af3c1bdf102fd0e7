import { useRef } from "react";
import { stringifyJson } from "./exact-json";
import { newKey } from "./new-key";

interface ResendKey {
  /** The key for these words: the same for as long as they are the same and have not been taken. */
  readonly keyFor: (words: readonly unknown[]) => string;
  readonly taken: () => void;
}

/** The idempotency key of something that a person sends and, when its reply is lost, sends again as it is. */
export function useResendKey(): ResendKey {
  const last = useRef<{ words: string; key: string } | null>(null);
  return {
    keyFor(words) {
      const now = stringifyJson(words);
      if (last.current?.words !== now) last.current = { words: now, key: newKey() };
      return last.current.key;
    },
    taken() {
      last.current = null;
    },
  };
}
