const KEY = "retinue.rail";

/** Whether the reader has narrowed the rail to its icons; remembered per browser. */
export function isRailNarrow(): boolean {
  return localStorage.getItem(KEY) === "collapsed";
}

export function rememberRail(isNarrow: boolean): void {
  localStorage.setItem(KEY, isNarrow ? "collapsed" : "wide");
}
