/** What keys are mostly made for, as sets of permissions, and the first request with a new key. */

export interface Preset {
  readonly label: string;
  readonly hint: string;
  readonly scopes: readonly string[];
}

const RUNNING = new Set(["agents:read", "teams:read", "workflows:read", "runs:read", "runs:write"]);

/** The presets out of what the reader may do; a preset that gives nothing else than the one before is left out. */
export function presetsOf(permissions: readonly string[]): Preset[] {
  const all = [...permissions].sort();
  const presets: Preset[] = [
    {
      label: "Run agents",
      hint: "Start runs of agents, teams and workflows, and read their results.",
      scopes: all.filter((scope) => RUNNING.has(scope)),
    },
    {
      label: "Read only",
      hint: "Read everything that you may read, and change nothing.",
      scopes: all.filter((scope) => scope.endsWith(":read")),
    },
    { label: "Full access", hint: "Everything that you may do.", scopes: all },
  ];
  return presets.filter(
    (preset, at) => preset.scopes.length > 0 && !presets.slice(0, at).some((other) => isSame(other.scopes, preset.scopes)),
  );
}

export function isSame(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((scope) => right.includes(scope));
}

const READS: readonly (readonly [string, string])[] = [
  ["agents:read", "agents"],
  ["runs:read", "runs"],
  ["teams:read", "teams"],
  ["tools:read", "tools"],
];

/** A request that the key may make. */
export function curlOf(key: string, scopes: readonly string[]): string {
  const path = READS.find(([scope]) => scopes.includes(scope))?.[1] ?? "instance";
  return `curl ${window.location.origin}/api/v1/${path} \\\n  -H 'Authorization: Bearer ${key}'`;
}
