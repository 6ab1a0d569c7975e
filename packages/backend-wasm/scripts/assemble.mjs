// Compiles assembly/ and embeds the modules in src/modules.generated.ts: no path to configure, nothing to fetch. The
// file has the types of their exports too, as asc declares them: a parameter that changes in assembly/ is an error in src/.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const asc = createRequire(import.meta.url).resolve('assemblyscript/bin/asc.js');
const folder = mkdtempSync(join(tmpdir(), 'normkit-'));

/** No runtime, no memory of its own, no data segment: the module writes to the addresses it is given and nowhere else. */
const flags = [
  '--runtime',
  'stub',
  '--importMemory',
  '--noExportMemory',
  '--enable',
  'simd',
  '-O3',
  '--noAssert',
  '--transform',
  './scripts/inline.mjs',
];

function compile(name, more) {
  const file = join(folder, `${name}.wasm`);
  const all = ['assembly/index.ts', '-o', file, '--bindings', 'raw', ...flags, ...more];
  execFileSync(process.execPath, [asc, ...all], { stdio: 'inherit' });
  const bytes = readFileSync(file);
  console.log(`${name}: ${bytes.length} bytes, ${gzipSync(bytes).length} compressed`);
  return `export const ${name} =\n  '${bytes.toString('base64')}';\n`;
}

/** The namespace of the exports, which stands in asc's declarations beside a function that instantiates them. */
function declarations() {
  const text = readFileSync(join(folder, 'single.d.ts'), 'utf8');
  return text.slice(text.indexOf('{'), text.indexOf('\n}\n') + 3);
}

writeFileSync(
  'src/modules.generated.ts',
  [
    '// Made by scripts/assemble.mjs from assembly/.\n',
    '/** For a heap of one thread, in base64. */\n',
    compile('single', []),
    '\n/** The same for a heap that threads share. */\n',
    compile('shared', ['--enable', 'threads', '--sharedMemory', '--maximumMemory', '65536']),
    `\n/** What both export. */\nexport declare namespace exported ${declarations()}`,
  ].join(''),
);
