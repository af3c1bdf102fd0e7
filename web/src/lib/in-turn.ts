/** Do something to each of many, a few at a time; return how many succeeded and the first refusal. */
export async function inTurn<T>(
  items: readonly T[],
  act: (item: T) => Promise<unknown>,
  atOnce = 4,
): Promise<{ done: number; refused: number; error: unknown }> {
  const left = [...items];
  const result = { done: 0, refused: 0, error: undefined as unknown };
  async function work(): Promise<void> {
    for (let item = left.shift(); item !== undefined; item = left.shift()) {
      try {
        await act(item);
        result.done += 1;
      } catch (error) {
        result.refused += 1;
        result.error ??= error;
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, work));
  return result;
}
