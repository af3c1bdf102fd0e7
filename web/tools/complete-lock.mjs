// Completes package-lock.json after `npm install`.
//
// A registry mirror may lack a package's builds for other systems; npm then leaves them out of the lock, and `npm ci` refuses
// the lock everywhere. Each missing optional build is entered with the version its parent asks for and the system its name
// tells; npm installs it only on that system, and nothing is fetched for any other.
//
//   npm install --package-lock-only && node tools/complete-lock.mjs

import { readFileSync, writeFileSync } from "node:fs";

const path = new URL("../package-lock.json", import.meta.url);
const lock = JSON.parse(readFileSync(path, "utf8"));
const systems = ["android", "darwin", "freebsd", "linux", "netbsd", "openbsd", "openharmony", "sunos", "win32", "aix"];
const processors = ["arm64", "x64", "ia32", "arm", "ppc64", "riscv64", "s390x", "loong64", "mips64el", "wasm32"];

function find(owner, name) {
  for (let at = owner; ; at = at.slice(0, Math.max(0, at.lastIndexOf("/node_modules/")))) {
    const key = at ? `${at}/node_modules/${name}` : `node_modules/${name}`;
    if (lock.packages[key]) return key;
    if (!at?.includes("/node_modules/")) {
      return lock.packages[`node_modules/${name}`] ? `node_modules/${name}` : undefined;
    }
  }
}

let added = 0;
for (const [owner, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const parts = name.split(/[/-]/);
    if (find(owner, name) || !/^\d+\.\d+\.\d+/.test(version)) continue;
    const os = systems.filter((system) => parts.includes(system));
    const cpu = processors.filter((processor) => parts.includes(processor));
    lock.packages[`node_modules/${name}`] = {
      version,
      cpu: cpu.length ? cpu : ["none"],
      ...(entry.dev ? { dev: true } : {}),
      optional: true,
      ...(os.length ? { os } : {}),
      ...(parts.includes("musl") ? { libc: ["musl"] } : {}),
    };
    added += 1;
  }
}
const root = lock.packages[""];
delete lock.packages[""];
lock.packages = { "": root, ...Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1))) };
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${added} builds for other systems entered`);
