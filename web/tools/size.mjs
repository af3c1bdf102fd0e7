// Measures what a browser loads: the first page's script and style, and every lazy chunk; fails above the caps.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const FIRST_PAGE_KIB = 230;
const LAZY_CHUNK_KIB = 130;
const directory = join(import.meta.dirname ?? ".", "../../src/retinue/static");
const manifest = JSON.parse(readFileSync(join(directory, ".vite/manifest.json"), "utf8"));

const sizes = new Map();
function gzipKib(file) {
  if (!sizes.has(file)) sizes.set(file, gzipSync(readFileSync(join(directory, file)), { level: 9 }).length / 1024);
  return sizes.get(file);
}

/** The files that loading one entry of the manifest brings with it, without what it imports lazily. */
function filesOf(key, seen = new Set()) {
  if (seen.has(key)) return [];
  seen.add(key);
  const chunk = manifest[key];
  return [chunk.file, ...(chunk.css ?? []), ...(chunk.imports ?? []).flatMap((other) => filesOf(other, seen))];
}

/** The first page is the heavier of the two a person can meet first: signed out, or home with its shell. */
const pages = {
  "sign-in": ["index.html", "src/app/routes/sign-in.tsx"],
  home: ["index.html", "src/app/routes/_app.tsx", "src/app/routes/_app/index.tsx"],
  chat: ["chat.html"],
};
const failures = [];
for (const [page, routes] of Object.entries(pages)) {
  const keys = Object.keys(manifest).filter((key) => routes.some((route) => key.startsWith(`${route}?`) || key === route));
  const files = new Set(["theme.js", ...keys.flatMap((key) => filesOf(key))]);
  const total = [...files].filter((file) => /\.(?:js|css)$/.test(file)).reduce((sum, file) => sum + gzipKib(file), 0);
  console.log(`first page (${page}): ${total.toFixed(1)} KiB gzip in ${files.size} files, of ${FIRST_PAGE_KIB}`);
  if (total > FIRST_PAGE_KIB) failures.push(`the first page (${page})`);
}

const lazy = Object.values(manifest).filter((chunk) => chunk.file.endsWith(".js"));
const heaviest = lazy.map((chunk) => [chunk.file, gzipKib(chunk.file)]).sort((left, right) => right[1] - left[1]);
for (const [file, kib] of heaviest.slice(0, 5))
  console.log(`chunk ${file}: ${kib.toFixed(1)} KiB gzip, of ${LAZY_CHUNK_KIB}`);
for (const [file, kib] of heaviest) if (kib > LAZY_CHUNK_KIB) failures.push(file);
if (failures.length > 0) {
  console.error(`Too large: ${failures.join(", ")}.`);
  process.exit(1);
}
