import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openWebGPU } from './open-backends.ts';

const hasAdapter = (await openWebGPU()) !== undefined;

/** The command as `npm run bench` starts it, on a machine without PyTorch, for one's own has it or has not. */
function bench(args: readonly string[], variables: Readonly<Record<string, string>> = {}) {
  const cwd = fileURLToPath(new URL('..', import.meta.url));
  const env = { ...process.env, PYTHON: '/nowhere/python3', ...variables };
  return spawnSync(process.execPath, ['--conditions=built', 'dist/main.js', ...args], { cwd, env, encoding: 'utf8' });
}

describe('npm run bench', () => {
  it('prints a table of both passes, and writes the same as JSON and as Markdown', () => {
    const folder = mkdtempSync(join(tmpdir(), 'normkit-bench-'));
    const file = join(folder, 'results.json');
    const { status, stdout, stderr } = bench([
      ...['--backend', 'cpu', '--shape', 'layer [32,128]', '--quick'],
      ...['--json', file, '--markdown', `${file}.md`],
    ]);
    const { backend, place, sections } = JSON.parse(readFileSync(file, 'utf8'));
    const markdown = readFileSync(`${file}.md`, 'utf8');
    rmSync(folder, { recursive: true });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^normkit on cpu, TensorFlow\.js 4\./);
    expect(stdout).toMatch(/\nonnx: onnxruntime-web 1\..*\nno PyTorch: .*\/nowhere\/python3.*\n/);
    expect(stdout).toMatch(/│ layer \[32,128\] axis -1 .*\n.*\n│ forward .*\n│ forward\+backward /);
    expect(markdown).toMatch(/\n\| \*\*layer \[32,128\] axis -1\*\* .*\n\| forward .*\n\| forward\+backward .*\n$/);
    expect({ backend, place }).toEqual({ backend: 'cpu', place: `Node ${process.version}` });
    expect(sections).toHaveLength(1);
    const [forward, backward] = sections[0].rows.map(({ timings }: { timings: object }) => Object.keys(timings).sort());
    expect(forward).toEqual(['composed', 'copy', 'onnx', 'ours', 'stock']);
    expect(backward).toEqual(['composed', 'copy', 'ours', 'stock']);
    for (const { timings, extraMemory } of sections[0].rows) {
      for (const { median } of Object.values<{ median: number }>(timings)) expect(median).toBeGreaterThan(0);
      expect(extraMemory).toBeGreaterThanOrEqual(1);
    }
  });

  it('prints the table from Chromium', () => {
    const { status, stdout, stderr } = bench([
      '--browser',
      '--backend',
      'wasm',
      '--shape',
      'layer [32,128]',
      '--quick',
    ]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^normkit on wasm, TensorFlow\.js 4\..*, Chromium \d+/);
    expect(stdout).toMatch(/\nonnx: onnxruntime-web 1\..*\n/);
    expect(stdout).not.toContain('torch');
    expect(stdout).toMatch(
      /│ layer \[32,128\] axis -1 .*\n.*\n│ forward( +│ +[\d.]+){5} .*\n│ forward\+backward( +│ +[\d.]+){3} /,
    );
  });

  it('prints what a renderer takes in WebGL, and which it is', () => {
    const { status, stdout, stderr } = bench([
      '--backend',
      'webgl',
      '--browser',
      '--shape',
      'layer [32,128]',
      '--quick',
    ]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^normkit on webgl, TensorFlow\.js 4\..*, Chromium \d+/);
    expect(stdout).toMatch(/\nGPU: ANGLE .*, WebGL 2, with(out)? timestamps; /);
    expect(stdout).toMatch(/│ layer \[32,128\] axis -1 +│ +ours │ +composed │ +stock │ +copy │.* ours GB\/s /);
    expect(stdout).toMatch(/│ forward( +│ +[\d.]+){4} │.*\n│ forward\+backward( +│ +[\d.]+){4} │.*\n│ backward +│/);
  });

  // Without onnxruntime-web, whose wasm for WebGPU V8 compiles for half a minute.
  it.each(hasAdapter ? ['Node', 'Chromium'] : ['Chromium'])(
    'prints what a GPU takes, or an adapter in software, in %s',
    (place) => {
      const where = place === 'Chromium' ? ['--browser'] : [];
      const what = ['--shape', 'layer [32,128]', '--only', 'ours,composed,stock,copy', '--quick'];
      const { status, stdout, stderr } = bench(['--backend', 'webgpu', ...where, ...what]);
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(stdout).toMatch(/^normkit on webgpu, TensorFlow\.js 4\./);
      expect(stdout.split('\n')[0]).toContain(place);
      expect(stdout).toMatch(/\nGPU: \S.*, with(out)? timestamps; /);
      expect(stdout).toMatch(
        /│ layer \[32,128\] axis -1 +│ +ours │ +composed │ +stock │ +copy │.* ours GB\/s │ copy GB\/s │ of copy │ GPU ours /,
      );
      expect(stdout).toMatch(/│ forward( +│ +[\d.]+){4} │.*\n│ forward\+backward( +│ +[\d.]+){4} │.*\n│ backward +│/);
    },
  );

  it.runIf(process.platform === 'linux')('says in one line what to install where there is no adapter', () => {
    const { status, stdout, stderr } = bench(['--backend', 'webgpu'], { VK_ICD_FILENAMES: '/nowhere/driver.json' });
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/^bench: Node finds no adapter \(install .*$/m);
  });

  it('prints the training step, kernel by kernel', () => {
    const { status, stdout, stderr } = bench(['--step', '--rounds', '2']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/│ a step +│ +[\d.]+ │ +│ +[\d.]+ │ +│ +[\d.]+x │/);
    expect(stdout).toMatch(/│ NormkitForward +│ +[\d.]+ │ +1 │ +- │ +- │ +- │/);
  });

  it('prints the training step on WebGL, as a whole', () => {
    const { status, stdout, stderr } = bench(['--step', '--backend', 'webgl', '--browser', '--rounds', '2']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/│ a step +│ +[\d.]+ │ +│ +[\d.]+ │ +│ +[\d.]+x │\n└/);
  });

  it('says in one line what is wrong with the command, and exits with 1', () => {
    const { status, stdout, stderr } = bench(['--backend', 'abacus']);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toBe("bench: no backend is called 'abacus'; there is: cpu, wasm, webgl, webgpu\n");
  });

  it('explains itself', () => {
    const { status, stdout } = bench(['--help']);
    expect(status).toBe(0);
    for (const option of [
      '--backend',
      '--browser',
      '--shape',
      '--large',
      '--only',
      '--step',
      '--rounds',
      '--budget',
      '--quick',
      '--json',
      '--markdown',
    ]) {
      expect(stdout).toContain(option);
    }
  });
});
