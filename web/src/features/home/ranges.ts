/** The windows of the figures of the first page; in a file of its own, because the address is read before the page is. */
export const HOME_RANGES = [
  { value: "24h", label: "24 hours" },
  { value: "7d", label: "7 days" },
] as const;

export type HomeRange = (typeof HOME_RANGES)[number]["value"];

export function isHomeRange(value: unknown): value is HomeRange {
  return HOME_RANGES.some((range) => range.value === value);
}
