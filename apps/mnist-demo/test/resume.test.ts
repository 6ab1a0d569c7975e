import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serialize } from 'node:v8';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadCheckpoint, saveCheckpoint } from '../src/terminal/checkpoint.ts';
import { type Saved, unpacked } from '../src/terminal/checkpoint-bytes.ts';
import { Refusal } from '../src/terminal/refusal.ts';
import { temporaryFolder } from './mnist-files.ts';
import { type Ended, start, writeMnist } from './start-program.ts';

describe('npm start -- --resume', () => {
  it('stops at Ctrl-C, and goes on from there', async () => {
    const folder = temporaryFolder();
    const options = ['--norm', 'none,rms', '--samples', '4000', '--optimizer', 'momentum', '--json', 'results.json'];
    const { child, ended, saw } = start(folder, ...options);
    await saw('no norm, ');
    child.kill('SIGINT');
    const stopped = await ended;
    expect({ code: stopped.code, errors: stopped.errors }).toEqual({ code: 130, errors: '' });
    expect(stopped.output).toContain('Go on with: npm start -- --resume');
    const other = await start(folder, '--resume', '--samples', '4000', '--epochs', '3').ended;
    expect(other).toMatchObject({
      code: 1,
      output: '',
      errors: '--resume goes on with --epochs 1, not 3: leave out --epochs, or leave out --resume to start anew.\n',
    });
    const resumed = await start(folder, '--resume', '--json', 'results.json').ended;
    expect({ code: resumed.code, errors: resumed.errors }).toEqual({ code: 0, errors: '' });
    expect(resumed.output).not.toContain('no norm, ');
    expect(resumed.output).toMatch(
      /\nGoes on after step \d+ of 125 of model 2 of 2, rms norm, \w+, momentum \(--samples 4000 --epochs 1 .*--seed 1\)\.\n/,
    );
    const { results } = JSON.parse(readFileSync(join(folder, 'results.json'), 'utf8')) as {
      results: { losses: number[]; settings: object }[];
    };
    expect(results.map(({ losses }) => losses.length)).toEqual([125, 125]);
    for (const { settings } of results) expect(settings).toMatchObject({ optimizer: 'momentum', learningRate: 0.01 });
    expect(existsSync(join(folder, 'cache', 'checkpoint.bin'))).toBe(false);
  });

  it('goes on from another folder, with the data and to the files that the command line names', async () => {
    const [first, other] = [temporaryFolder(), temporaryFolder()];
    writeMnist(first);
    const options = ['--data', 'mnist', '--norm', 'none,rms', '--epochs', '40', '--json', 'my results.json'];
    const { child, ended, saw } = start(first, ...options);
    await saw('no norm, ');
    child.kill('SIGINT');
    const { code, output } = await ended;
    expect(code).toBe(130);
    const [cache, data] = [join(first, 'cache'), join(first, 'mnist')];
    expect(output.trim().split('\n').at(-1)).toBe(
      `Stopped. Go on with: npm start -- --resume --data ${data} --cache ${cache} --json "${join(first, 'my results.json')}"`,
    );
    const without = await start(other, '--resume', '--cache', cache).ended;
    expect(without).toMatchObject({
      code: 1,
      errors: 'What was begun used other data: name their folder with --data, or leave out --resume to start anew.\n',
    });
    const resumed = await start(other, '--resume', '--cache', cache, '--data', data, '--report', 'there.html').ended;
    expect({ code: resumed.code, errors: resumed.errors }).toEqual({ code: 0, errors: '' });
    expect(readdirSync(other)).toEqual(['there.html']);
    expect(readdirSync(first).sort()).toEqual(['cache', 'mnist']);
  });
});

describe('a checkpoint', () => {
  let begun: Buffer;
  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'normkit-mnist-'));
    const { child, ended, saw } = start(folder, '--norm', 'none,rms', '--samples', '640', '--epochs', '20');
    await saw('no norm, ');
    child.kill('SIGINT');
    await ended;
    begun = readFileSync(join(folder, 'cache', 'checkpoint.bin'));
    rmSync(folder, { recursive: true });
  });

  /** Goes on from a checkpoint with these bytes. */
  async function resume(bytes: Uint8Array): Promise<{ ended: Ended; folder: string }> {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'cache'));
    writeFileSync(join(folder, 'cache', 'checkpoint.bin'), bytes);
    return { folder, ended: await start(folder, '--resume').ended };
  }

  /** The checkpoint that was begun, with a header that somebody has been at. */
  function forged(change: (header: Forged) => void): Buffer {
    const end = begun.indexOf('\n');
    const header = JSON.parse(begun.toString('utf8', 0, end)) as Forged;
    change(header);
    return Buffer.concat([Buffer.from(JSON.stringify(header)), begun.subarray(end)]);
  }

  it('that says where to write and what to read is not obeyed', async () => {
    const elsewhere = temporaryFolder();
    const paths = Object.fromEntries(['report', 'json', 'cache', 'data'].map((name) => [name, join(elsewhere, name)]));
    const { ended, folder } = await resume(forged(({ options }) => Object.assign(options, paths)));
    expect({ code: ended.code, errors: ended.errors }).toEqual({ code: 0, errors: '' });
    expect(readdirSync(elsewhere)).toEqual([]);
    expect(readdirSync(folder).sort()).toEqual(['cache', 'mnist-report.html']);
  });

  it.each<[string, () => Uint8Array]>([
    ['is empty', () => new Uint8Array(0)],
    ['is of the version before', () => serialize({ version: 2, options: {}, fingerprint: '', progress: {} })],
    ['is JSON of something else', () => Buffer.from('{"version":3}\n')],
    ['is null', () => Buffer.from('null\n')],
    ['is nested too deep', () => Buffer.from(`${'['.repeat(200_000)}${']'.repeat(200_000)}\n`)],
    ['has no end of its header', () => Buffer.alloc(3 * 2 ** 20, ' ')],
    ['is cut short', () => begun.subarray(0, begun.length - 4)],
    ['goes on', () => Buffer.concat([begun, new Uint8Array(4)])],
    ['has no backend', () => forged(({ options }) => (options['backends'] = []))],
    ['has a norm that there is not', () => forged(({ options }) => (options['norms'] = ['__proto__', 'rms']))],
    ['has no norms', () => forged(({ options }) => delete options['norms'])],
    ['has a learning rate of 0', () => forged(({ options }) => (options['learningRate'] = 0))],
    ['has half an epoch', () => forged(({ options }) => (options['epochs'] = 0.5))],
    ['has an optimizer that there is not', () => forged(({ options }) => (options['optimizer'] = 'constructor'))],
    [
      'has more finished runs than were asked for',
      () => forged((header) => (header.finished = Array(9).fill(header.finished[0]))),
    ],
    ['has finished runs of other lengths', () => forged(({ options }) => (options['batchSize'] = 64))],
    ['has a run of more pictures than were asked for', () => forged(({ current }) => (current['samples'] = 1e6))],
    ['has no weights', () => forged(({ current }) => Object.assign(current, { weights: undefined }))],
    ['has weights of no shape', () => forged(({ current }) => (current.weights[0] = { name: 'conv/kernel' }))],
    [
      'has weights of a shape beyond all',
      () =>
        forged(({ current }) => (current.weights[0] = { name: 'conv/kernel', dtype: 'float32', shape: [1e15, 1e15] })),
    ],
    ['has no histogram', () => forged(({ finished }) => Object.assign(finished[0] ?? {}, { activations: {} }))],
    ['has no test', () => forged(({ finished }) => Object.assign(finished[0] ?? {}, { test: 'good' }))],
  ])('that %s is refused in one line that names it and says what to do', async (_, bytes) => {
    const path = join(temporaryFolder(), 'checkpoint.bin');
    writeFileSync(path, bytes());
    await expect(loadCheckpoint(path)).rejects.toThrow(
      new Refusal(
        `The checkpoint ${path} is of no use: it is damaged, or another version wrote it. Delete it, or leave out --resume to start anew.`,
      ),
    );
  });

  it('of another form is no more than a line of the program, which writes nothing', async () => {
    const { ended, folder } = await resume(serialize({ version: 2, options: { report: '/tmp/x' } }));
    expect({ code: ended.code, output: ended.output }).toEqual({ code: 1, output: '' });
    expect(ended.errors).toMatch(/^The checkpoint .* is of no use: .*\n$/);
    expect(readdirSync(folder)).toEqual(['cache']);
  });

  it.each<[string, RegExp, (header: Forged) => void]>([
    [
      'weights of another model',
      /expected the weight norm\/scale, float32 \[10\], found another weight/,
      ({ current }) => (current.weights[2] = { ...current.weights[2], name: 'x' }),
    ],
    [
      'weights of another shape',
      /expected the weight norm\/scale, float32 \[10\], found float32 \[2,5\]/,
      ({ current }) => (current.weights[2] = { ...current.weights[2], shape: [2, 5] }),
    ],
    [
      'the memory of another optimizer',
      /what the optimizer adam remembers/,
      ({ current }) => (current.optimizer[3] = { ...current.optimizer[3], shape: [10, 1] }),
    ],
  ])('with %s is refused so, too', async (_, reason, change) => {
    const { ended } = await resume(forged(change));
    expect(ended.code).toBe(1);
    expect(ended.errors).toMatch(reason);
    expect(ended.errors).toMatch(/^The checkpoint .*checkpoint\.bin is of no use: .*\. Delete it, or .* anew\.\n$/);
  });

  it('that is a device, a folder or larger than any is not read', async () => {
    for (const make of [
      (path: string) => symlinkSync('/dev/zero', path),
      (path: string) => mkdirSync(path),
      (path: string) => {
        writeFileSync(path, '');
        truncateSync(path, 2 ** 28);
      },
    ]) {
      const folder = temporaryFolder();
      mkdirSync(join(folder, 'cache'));
      make(join(folder, 'cache', 'checkpoint.bin'));
      const { code, errors, memory } = await start(folder, '--resume').ended;
      expect({ code, lines: errors.trim().split('\n').length }).toEqual({ code: 1, lines: 1 });
      expect(errors).toMatch(/is of no use: .*Delete it/);
      expect(memory).toBeLessThan(300);
    }
  });

  it('is not written through a link that lies in its way', async () => {
    const folder = temporaryFolder();
    const [path, other] = [join(folder, 'checkpoint.bin'), join(folder, 'other')];
    writeFileSync(other, 'as it was');
    symlinkSync(other, `${path}.part`);
    await saveCheckpoint(path, unpacked(begun) as Saved);
    expect(readFileSync(other, 'utf8')).toBe('as it was');
    expect(readFileSync(path).equals(begun)).toBe(true);
  });
});

interface Forged {
  readonly options: Record<string, unknown>;
  finished: object[];
  readonly current: { weights: object[]; optimizer: object[]; samples: number };
}
