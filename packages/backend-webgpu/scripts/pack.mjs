// Packs Node, Dawn and the bundled suite into build/normkit-gpu.tar.gz: there, `tar xzf` and `./normkit-gpu/run`.
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const root = fileURLToPath(new URL('..', import.meta.url));
const out = join(root, 'build');
const folder = join(out, 'normkit-gpu');
const dawn = join(
  dirname(createRequire(import.meta.url).resolve('webgpu')),
  'dist',
  `${process.platform}-${process.arch}`,
);

rmSync(out, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
await build({
  root,
  configFile: false,
  logLevel: 'warn',
  ssr: { noExternal: true },
  build: {
    ssr: join(root, 'test', 'portable', 'run.ts'),
    outDir: folder,
    emptyOutDir: false,
    target: 'node20',
    rolldownOptions: { output: { entryFileNames: 'run.mjs', codeSplitting: false } },
  },
});
copyFileSync(join(dawn, 'dawn.node'), join(folder, 'dawn.node'));
copyFileSync(process.execPath, join(folder, 'node'));
const command =
  '#!/bin/sh\n# The conformance suite, then GB/s beside a copy. Uses the Vulkan driver of this machine.\n';
writeFileSync(join(folder, 'run'), `${command}cd "$(dirname "$0")" && exec ./node run.mjs "$@"\n`);
for (const name of ['run', 'node']) chmodSync(join(folder, name), 0o755);
const archive = join(out, 'normkit-gpu.tar.gz');
execFileSync('tar', ['czf', archive, '-C', out, 'normkit-gpu']);
console.log(`${archive}: ${(statSync(archive).size / 2 ** 20).toFixed(1)} MiB`);
