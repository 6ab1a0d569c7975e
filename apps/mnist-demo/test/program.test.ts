import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { adapter } from './adapter.ts';
import { temporaryFolder } from './mnist-files.ts';
import { start, writeMnist } from './start-program.ts';

describe('npm start', () => {
  it('says which data it has, trains, prints a table, and writes a report and JSON', async () => {
    const folder = temporaryFolder();
    const { code, output, errors } = await start(
      folder,
      '--norm',
      'group,none',
      '--samples',
      '320',
      '--json',
      'results.json',
    ).ended;
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    expect(output).toMatch(
      /^Data: built-in digits \(drawn by the program\); 10000 pictures to train on, 2000 to test with\.\n/,
    );
    // An adapter in software is never the fastest.
    const fastest = adapter === 'gpu' ? 'webgpu' : 'wasm';
    expect(output).toMatch(new RegExp(`group norm, ${fastest} +test accuracy \\d`));
    expect(output).toMatch(new RegExp(`│ none +│ +${fastest} │ +32 │ +10 │`));
    expect(output).toContain('npm run web');
    const { results } = JSON.parse(readFileSync(join(folder, 'results.json'), 'utf8'));
    expect(results).toHaveLength(2);
    expect(results[0].losses).toHaveLength(10);
    const report = readFileSync(join(folder, 'mnist-report.html'), 'utf8');
    expect(report).not.toMatch(/(src|href)="/);
    expect(report).toContain(`group norm, ${fastest}`);
  });

  it('compares backends: the same losses on each, and when every step is on another', async () => {
    const folder = temporaryFolder();
    const { code, output } = await start(
      folder,
      '--compare',
      'backends',
      '--backend',
      'wasm,cpu',
      '--norm',
      'group',
      '--samples',
      '16',
      '--batch-size',
      '4',
      '--json',
      'results.json',
    ).ended;
    expect(code).toBe(0);
    expect(output).toMatch(/wasm⇄cpu/);
    const { results } = JSON.parse(readFileSync(join(folder, 'results.json'), 'utf8')) as {
      results: { losses: number[] }[];
    };
    expect(results).toHaveLength(3);
    for (const { losses } of results) {
      expect(losses).toHaveLength(4);
      for (const [step, loss] of losses.entries()) expect(loss).toBeCloseTo(results[0]?.losses[step] ?? Number.NaN, 4);
    }
  });

  it.skipIf(adapter === 'none')(
    'trains on WebGPU where it is asked to, which gives the losses of WebAssembly',
    async () => {
      const folder = temporaryFolder();
      writeMnist(folder);
      const options = ['--data', 'mnist', '--compare', 'backends', '--backend', 'wasm,webgpu', '--norm', 'group'];
      const { ended } = start(folder, ...options, '--samples', '4', '--batch-size', '2', '--json', 'results.json');
      const { code, output, errors } = await ended;
      expect({ code, errors }).toEqual({ code: 0, errors: '' });
      expect(output).toMatch(/wasm⇄webgpu/);
      const { results } = JSON.parse(readFileSync(join(folder, 'results.json'), 'utf8')) as {
        results: { backends: string[]; losses: number[] }[];
      };
      expect(results.map(({ backends }) => backends.join())).toEqual(['wasm', 'webgpu', 'wasm,webgpu']);
      for (const { losses } of results) expect(losses[1]).toBeCloseTo(results[0]?.losses[1] ?? Number.NaN, 4);
    },
  );

  // Elsewhere there is no telling a driver to hide.
  it.skipIf(process.platform !== 'linux')('says in one line why WebGPU cannot be used', async () => {
    const folder = temporaryFolder();
    vi.stubEnv('VK_ICD_FILENAMES', '/nowhere');
    onTestFinished(() => void vi.unstubAllEnvs());
    const { code, output, errors } = await start(folder, '--backend', 'wasm,webgpu').ended;
    expect({ code, output }).toEqual({ code: 1, output: '' });
    expect(errors).toMatch(/^WebGPU cannot be used here: Node finds no adapter \(.*\)\.\n$/);
  });

  it('says in one line that Node has no WebGL', async () => {
    const { code, output, errors } = await start(temporaryFolder(), '--backend', 'wasm,webgl').ended;
    expect({ code, output }).toEqual({ code: 1, output: '' });
    expect(errors).toBe('WebGL cannot be used here: Node has none; npm run web trains on it in a browser.\n');
  });

  it('says why it does not compare webgl and webgpu, and that there are not so many pictures', async () => {
    const folder = temporaryFolder();
    writeMnist(folder);
    const options = ['--data', 'mnist', '--compare', 'backends', '--norm', 'none', '--samples', '31'];
    const { code, output } = await start(folder, ...options).ended;
    expect(code).toBe(0);
    expect(output).toMatch(/^Data: .*\n--samples 31 is more than there are: all 30 are used\.\n/);
    expect(output).toMatch(/\nwebgl is not compared: Node has none; .*\.\n/);
    if (adapter !== 'gpu') expect(output).toMatch(/\nwebgpu is not compared: .*(in software|finds no adapter).*\.\n/);
  });

  it('does not train where results cannot be written, and leaves what was there as it was', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'file'), 'as it was');
    const { code, output, errors } = await start(folder, '--json', 'file', '--report', 'file/report.html').ended;
    expect({ code, output }).toEqual({ code: 1, output: '' });
    expect(errors).toMatch(/^--report .*report\.html: .*file is not a folder; give another file\.\n$/);
    expect(readFileSync(join(folder, 'file'), 'utf8')).toBe('as it was');
  });

  it('compares batch sizes, batch norm against group norm', async () => {
    const { code, output } = await start(temporaryFolder(), '--compare', 'batch-size', '--samples', '64').ended;
    expect(code).toBe(0);
    expect(output).toMatch(/test error at batch size │ +2 │ +4 │ +8 │ +16 │ +32/);
    expect(output).toMatch(/│ batch norm .*\n│ group norm /);
  });

  it('trains where the cache cannot be written to, and says at Ctrl-C that nothing was saved', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'cache'), '');
    const { child, ended, saw } = start(folder, '--norm', 'none,rms', '--samples', '4000');
    await saw('no norm, ');
    child.kill('SIGINT');
    const { code, output, errors } = await ended;
    expect({ code, errors }).toEqual({ code: 130, errors: '' });
    expect(output).toMatch(/Stopped, and not saved: .*cache/);
    expect(output).not.toContain('--resume');
  });

  it.each([
    [['--norm', 'grup'], "There is no 'grup'; there is: group, instance, layer, batch, rms, none."],
    [['--samples', '-3'], 'It takes a whole number from 1.'],
    [['--learning-rate', 'fast'], 'It takes a number above 0.'],
    [['--optimizer', 'adamw'], "There is no 'adamw'; there is: adam, sgd, momentum, rmsprop, adagrad."],
    [['--sample', '3'], "unknown option '--sample'"],
    [['--data', 'nowhere'], 'nowhere: there is no such folder; expected one with the four MNIST files.'],
    [['--resume'], 'There is nothing to go on with in '],
    [['--report', '.'], 'it is a folder; give the name of a file.'],
    [['--json', 'none/results.json'], 'none; make it, or give another file.'],
  ])('%s is refused in one line', async (args, message) => {
    const folder = temporaryFolder();
    const { code, output, errors } = await start(folder, ...args).ended;
    expect(code).toBe(1);
    expect(output).toBe('');
    expect(errors).toContain(message);
    expect(errors.trim().split('\n').length).toBeLessThanOrEqual(2);
    expect(readdirSync(folder)).toEqual([]);
  });
});
