import { Command, InvalidArgumentError, Option } from 'commander';
import { NORMS, type NormName } from '../tutorial/norms.ts';
import { DEFAULTS } from '../tutorial/settings.ts';
import { BACKENDS, type BackendName } from './backends.ts';

const COMPARISONS = ['batch-size', 'backends'] as const;

export interface Options {
  readonly norms: readonly NormName[];
  readonly backends: readonly BackendName[];
  /** Where not given, what suits the comparison. */
  readonly samples: number | undefined;
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly seed: number;
  readonly data: string | undefined;
  readonly download: boolean;
  readonly cache: string | undefined;
  readonly compare: (typeof COMPARISONS)[number] | undefined;
  readonly json: string | undefined;
  readonly report: string;
  readonly resume: boolean;
}

/**
 * The options on a command line. Help goes to the output and mistakes to the error output, and both end the process.
 */
export function parseOptions(args: readonly string[]): Options {
  const given = commandLine()
    .parse([...args], { from: 'user' })
    .opts();
  const { norm, backend, samples, data, cache, compare, json, ...rest } = given as Given;
  return { ...rest, norms: norm, backends: backend ?? [], samples, data, cache, compare, json };
}

/** As commander has them: under the flags' names, and absent where not given. */
type Given = Omit<Options, 'norms' | 'backends'> & {
  readonly norm: readonly NormName[];
  readonly backend?: readonly BackendName[];
};

function commandLine(): Command {
  return new Command('npm start --')
    .description(
      "Trains the tutorial's models on handwritten digits, one for each normalization, and reports how they did.",
    )
    .option('-n, --norm <names>', `one or several of ${NORMS.join(', ')}`, several(NORMS), [...NORMS])
    .option(
      '-b, --backend <names>',
      `one or several of ${BACKENDS.join(', ')} (default: the fastest)`,
      several(BACKENDS),
    )
    .option('-s, --samples <count>', `training pictures (default: ${DEFAULTS.samples})`, whole)
    .option('-e, --epochs <count>', 'times through them', whole, DEFAULTS.epochs)
    .option('--batch-size <count>', 'pictures in a step', whole, DEFAULTS.batchSize)
    .option('--learning-rate <rate>', 'of Adam', positive, DEFAULTS.learningRate)
    .option('--seed <number>', 'of weights, order and dropout', whole, DEFAULTS.seed)
    .option('-d, --data <folder>', 'the four MNIST files (IDX, gzip or not)')
    .option('--no-download', 'MNIST from the cache, or the built-in digits')
    .option('--cache <folder>', "where downloads and checkpoints are kept (default: the user's cache directory)")
    .addOption(
      new Option(
        '-c, --compare <what>',
        'batch-size: batch and group norm at 2 to 32 pictures a step; backends: the same run on each',
      ).choices(COMPARISONS),
    )
    .option('--json <file>', 'write the results to FILE as well')
    .option('--report <file>', 'the report to write', 'mnist-report.html')
    .option('--resume', 'go on where Ctrl-C stopped', false);
}

function several<T extends string>(names: readonly T[]) {
  return (text: string): T[] => {
    const chosen = text.split(',').map((name) => name.trim());
    const unknown = chosen.find((name) => !(names as readonly string[]).includes(name));
    if (unknown !== undefined) {
      throw new InvalidArgumentError(`There is no '${unknown}'; there is: ${names.join(', ')}.`);
    }
    return [...new Set(chosen)] as T[];
  };
}

function whole(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('It takes a whole number from 1.');
}

function positive(text: string): number {
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new InvalidArgumentError('It takes a number above 0.');
}
