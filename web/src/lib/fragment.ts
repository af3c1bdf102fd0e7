/** Reads the part of the address after #, where links have their token: browsers send it to no server. */
export function readFragment(): string {
  return decodeURIComponent(window.location.hash.slice(1));
}
