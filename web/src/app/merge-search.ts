/** A search of an address with some of its parts changed; those that are undefined are taken out. */
export function mergeSearch<T extends object>(before: T, change: { [K in keyof T]?: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries({ ...before, ...change }).filter(([, value]) => value !== undefined)) as T;
}
