import { isDeepStrictEqual } from 'node:util';
import { stepsOf } from '../tutorial/settings.ts';
import { loadCheckpoint } from './checkpoint.ts';
import type { Saved } from './checkpoint-bytes.ts';
import { titleOf } from './display.ts';
import { type Begun, type CommandLine, isPath, PATHS } from './options.ts';
import { runsOf } from './plan.ts';
import { Refusal } from './refusal.ts';

/**
 * What was begun, to go on with.
 *
 * @throws Refusal where there is nothing, or where the command line asks for something else than was begun.
 */
export async function whatWasBegun(path: string, { options, given }: CommandLine): Promise<Saved> {
  const saved = await loadCheckpoint(path);
  if (!saved) throw new Refusal(`There is nothing to go on with in ${path}: leave out --resume to start anew.`);
  for (const [name, flag] of given) {
    // Where to read and write is no part of what was begun: it is as the command line says now.
    if (name === 'resume' || isPath(name) || isDeepStrictEqual(options[name], saved.options[name])) continue;
    throw new Refusal(
      `--resume goes on ${as(flag, saved.options[name], options[name])}: leave out ${flag}, or leave out --resume to start anew.`,
    );
  }
  return saved;
}

/** The command that goes on with what was begun: paths are in no checkpoint, so it names those that were given. */
export function commandToGoOn({ options, given }: CommandLine): string {
  const paths = PATHS.flatMap((name) => {
    const [flag, path] = [given.get(name), options[name]];
    return flag === undefined || path === undefined ? [] : [flag, inShell(path)];
  });
  return ['npm start -- --resume', ...paths].join(' ');
}

function inShell(path: string): string {
  return /^[\w./:\\@+-]+$/.test(path) ? path : `"${path}"`;
}

/** One line: at which step, of how many, and with what. */
export function whereItStands({ options, progress }: Saved): string {
  const runs = runsOf(options);
  const { finished, current } = progress;
  const run = runs[finished.length];
  if (!run) return 'All was trained; what follows is the report.';
  const { samples, epochs, learningRate, optimizer, batchSize, seed } = current?.checkpoint.settings ?? run.settings;
  const steps = stepsOf(current?.checkpoint.settings ?? run.settings);
  const model = `model ${finished.length + 1} of ${runs.length}, ${titleOf(run)}`;
  const settings = `--samples ${samples} --epochs ${epochs} --batch-size ${batchSize} --optimizer ${optimizer} --learning-rate ${learningRate} --seed ${seed}`;
  return `Goes on after step ${current?.steps.length ?? 0} of ${steps} of ${model} (${settings}).`;
}

function as(flag: string, begun: Begun[keyof Begun], asked: Begun[keyof Begun]): string {
  // What is not asked for with a value: --no-download.
  const isAbsent = begun === undefined || typeof begun === 'boolean';
  return isAbsent ? `without ${flag}` : `with ${flag} ${begun}, not ${asked}`;
}
