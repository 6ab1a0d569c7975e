import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from './mnist-files.ts';
import { start, writeMnist } from './start-program.ts';

describe('npm start -- --resume', { timeout: 120_000 }, () => {
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
    const resumed = await start(folder, '--resume').ended;
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

  it('goes on from another folder as from the first: with its data, to its report', async () => {
    const [first, other] = [temporaryFolder(), temporaryFolder()];
    writeMnist(first);
    const options = ['--data', 'mnist', '--norm', 'none,rms', '--epochs', '40'];
    const { child, ended, saw } = start(first, ...options);
    await saw('no norm, ');
    child.kill('SIGINT');
    expect((await ended).code).toBe(130);
    const resumed = await start(other, '--resume', '--cache', join(first, 'cache')).ended;
    expect({ code: resumed.code, errors: resumed.errors }).toEqual({ code: 0, errors: '' });
    expect(existsSync(join(first, 'mnist-report.html'))).toBe(true);
    expect(readdirSync(other)).toEqual([]);
  });
});
