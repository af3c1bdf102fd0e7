import type { Draft } from "./use-draft";

export interface SectionProps {
  draft: Draft;
  /** A reader who may not write sees everything and changes nothing. */
  isReadOnly: boolean;
  problemOf: (field: string) => string | undefined;
}
