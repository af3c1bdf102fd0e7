/** A key that nobody else makes. Unlike `crypto.randomUUID` it is there on plain HTTP too, as in a network at home. */
export function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
