import { readdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

// `npm run dev` shows the console of a server that runs elsewhere on this machine.
const server = process.env.TRIBUTARY_SERVER ?? "http://127.0.0.1:8282";

/** Puts a `.br` and a `.gz` beside each text of a build, so that the server never has to compress. */
function compressed(): Plugin {
  let folder = "";
  return {
    name: "compressed",
    apply: "build",
    configResolved: ({ root, build }) => void (folder = resolve(root, build.outDir)),
    async closeBundle() {
      const files = await readdir(folder, { recursive: true });
      const texts = files.filter((file) => /\.(js|css|html|svg|json)$/.test(file));
      await Promise.all(texts.map((file) => compress(join(folder, file))));
    },
  };
}

/** Below this many bytes the headers outweigh what is saved. */
const WORTH_IT_BYTES = 1_024;

async function compress(file: string): Promise<void> {
  const plain = await readFile(file);
  if (plain.length < WORTH_IT_BYTES) return;
  const params = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY, [constants.BROTLI_PARAM_SIZE_HINT]: plain.length };
  await writeFile(`${file}.br`, await promisify(brotliCompress)(plain, { params }));
  await writeFile(`${file}.gz`, await promisify(gzip)(plain, { level: constants.Z_BEST_COMPRESSION }));
}

export default defineConfig({
  plugins: [react(), compressed()],
  build: { target: "es2023", sourcemap: false, chunkSizeWarningLimit: 900 },
  // The server takes writes from its own pages only. Tests read texts that Rust tests read too.
  server: { fs: { allow: [".."] }, proxy: { "/api": { target: server, changeOrigin: true, headers: { origin: server } } } },
  test: { environment: "jsdom", include: ["src/**/*.test.{ts,tsx}"], setupFiles: ["src/lib/test.ts"] },
});
