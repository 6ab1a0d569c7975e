import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const inFolder = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** With these a page may have shared memory, and TensorFlow.js's wasm backend threads. */
const headers = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

export default defineConfig({
  root: inFolder('src/web'),
  // Works from any folder of any server.
  base: './',
  resolve: {
    alias: [{ find: /^@tensorflow\/tfjs$/, replacement: inFolder('src/web/tensorflow.ts') }],
  },
  build: {
    outDir: inFolder('dist/page'),
    emptyOutDir: true,
    target: 'es2023',
    chunkSizeWarningLimit: 1000,
  },
  worker: { format: 'es' },
  server: { headers },
  preview: { headers, host: 'localhost' },
});
