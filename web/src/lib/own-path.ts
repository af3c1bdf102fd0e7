/** Whether an address is a path of this origin: "//host/x" and "/\\host/x" begin with a slash and lead elsewhere. */
export function isOwnPath(address: string): boolean {
  if (!address.startsWith("/")) return false;
  try {
    return new URL(address, "http://own.invalid").origin === "http://own.invalid";
  } catch {
    return false;
  }
}
