/** Returns the texts of a list that is typed with commas; empty ones are left out. */
export function commaSeparated(text: string): string[] {
  return text
    .split(",")
    .map((each) => each.trim())
    .filter((each) => each !== "");
}
