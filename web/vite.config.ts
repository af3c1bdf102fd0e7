import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import { tanstackRouter } from "@tanstack/router-plugin/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { precompress } from "./tools/precompress.ts";

const api = process.env.RETINUE_API ?? "http://127.0.0.1:8600";

export default defineConfig(({ mode }) => ({
  plugins: [
    ...(mode === "test" ? [] : [tanstackRouter({ target: "react", autoCodeSplitting: true })]),
    react(),
    tailwindcss(),
    precompress(),
  ],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  server: { host: "127.0.0.1", proxy: { "/api": { target: api } } },
  build: {
    outDir: "../src/retinue/static",
    emptyOutDir: true,
    target: "es2022",
    manifest: true,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 900,
    rolldownOptions: {
      input: { console: "index.html", chat: "chat.html" },
      output: {
        // Few files: an icon or a button that many pages share is no file of its own.
        codeSplitting: {
          groups: [
            {
              name: "vendor",
              test: /node_modules\/(?:react|react-dom|scheduler|@tanstack\/(?!react-virtual|virtual-core)[^/]+|openapi-fetch)\//,
              priority: 2,
            },
            {
              name: "shared",
              test: /node_modules\/(?:lucide-react|@?radix-ui|@floating-ui|clsx)|src\/(?:components\/ui|lib|api)\//,
              minShareCount: 4,
              priority: 1,
            },
          ],
        },
      },
    },
  },
  test: {
    environment: "jsdom",
    globals: true,
    setupFiles: ["./src/test/setup.ts"],
    include: ["src/**/*.test.{ts,tsx}"],
    css: false,
  },
}));
