/** The time of day with milliseconds, in the reader's zone: how lines of a log are told apart. */
export function clockTime(instant: string): string {
  const date = new Date(instant);
  const two = (part: number) => String(part).padStart(2, "0");
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}
