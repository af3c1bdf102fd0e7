/** Reads the part of the address after #, where links have their token: browsers send it to no server. */
export function readFragment(): string {
  const text = window.location.hash.slice(1);
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a link that was cut within an escape: the server says that it knows no such token
  }
}
