import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// `npm run dev` shows the console of a server that runs elsewhere on this machine.
const server = process.env.TRIBUTARY_SERVER ?? "http://127.0.0.1:8282";

export default defineConfig({
  plugins: [react()],
  build: { target: "es2023", sourcemap: false, chunkSizeWarningLimit: 900 },
  // The texts that the server's reader is tested with are read by the console's tests too.
  server: { fs: { allow: [".", "../crates/foreign/tests/fixtures"] }, proxy: { "/api": { target: server, changeOrigin: true } } },
  test: { environment: "jsdom", include: ["src/**/*.test.{ts,tsx}"], setupFiles: ["src/lib/test.ts"] },
});
