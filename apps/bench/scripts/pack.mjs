// Packs Node, Dawn, the conformance suite of backend-webgpu and this bench into build/normkit-gpu.tar.gz, for `tar xzf` and `./normkit-gpu/run`.
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const root = fileURLToPath(new URL('..', import.meta.url));
const repository = join(root, '..', '..');
const webgpu = join(repository, 'packages', 'backend-webgpu');
const out = join(root, 'build');
const folder = join(out, 'normkit-gpu');
const portable = join(webgpu, 'test', 'portable');
const resolveIn = (place, name) => createRequire(join(place, 'package.json')).resolve(name);

const RUN = `#!/bin/sh
# On this machine's Vulkan driver: the conformance suite, then the bench with every shape; with options, the bench alone.
INIT_CWD=$PWD # where the files of --json and --markdown go
export INIT_CWD
cd "$(dirname "$0")" || exit
if [ $# -eq 0 ]; then
  ./node conformance.mjs || exit
  set -- --large
fi
exec ./node bench.mjs --backend webgpu "$@"
`;

rmSync(out, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
// The bench is the one that users of the built packages would have.
execFileSync('npm', ['run', '-s', 'turbo', '--', 'build', '--filter=@normkit/bench'], {
  cwd: repository,
  stdio: 'inherit',
});
await bundle('conformance', join(portable, 'conformance.ts'));
await bundle('bench', join(root, 'dist', 'main.js'), ['built']);
const dawn = join(dirname(resolveIn(webgpu, 'webgpu')), 'dist', `${process.platform}-${process.arch}`, 'dawn.node');
copyFileSync(dawn, join(folder, 'dawn.node'));
for (const name of ['mjs', 'wasm'].map((extension) => `ort-wasm-simd-threaded.asyncify.${extension}`)) {
  copyFileSync(resolveIn(root, `onnxruntime-web/${name}`), join(folder, name));
}
copyFileSync(process.execPath, join(folder, 'node'));
writeFileSync(join(folder, 'run'), RUN);
for (const name of ['run', 'node']) chmodSync(join(folder, name), 0o755);
const archive = join(out, 'normkit-gpu.tar.gz');
execFileSync('tar', ['czf', archive, '-C', out, 'normkit-gpu']);
console.log(`${archive}: ${(statSync(archive).size / 2 ** 20).toFixed(1)} MiB`);

/** One module with everything in it but Dawn's addon and onnxruntime-web's wasm. */
async function bundle(name, entry, conditions = []) {
  await build({
    root,
    configFile: false,
    logLevel: 'warn',
    resolve: { alias: { webgpu: join(portable, 'dawn.ts') } },
    ssr: { noExternal: true, resolve: { conditions: [...conditions, 'module', 'node', 'production'] } },
    build: {
      ssr: entry,
      outDir: folder,
      emptyOutDir: false,
      target: 'node20',
      rolldownOptions: {
        // There is no Chromium to bundle.
        external: [/\/browser\/chromium\.js$/],
        output: { entryFileNames: `${name}.mjs`, codeSplitting: false },
      },
    },
  });
}
