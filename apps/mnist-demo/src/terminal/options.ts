import { resolve } from 'node:path';
import type { BackendName } from '@normkit/shelf/backends';
import { NORMS, type NormName } from '@normkit/shelf/tutorial/norm-names';
import { Command, InvalidArgumentError } from 'commander';
import { LEARNING_RATES, OPTIMIZERS, type OptimizerName } from '../tutorial/optimizer-names.ts';
import { DEFAULTS } from '../tutorial/settings.ts';
import { BACKENDS } from './backends.ts';

export const COMPARISONS = ['batch-size', 'backends'] as const;

/** Where the program reads and writes. */
interface Paths {
  readonly data: string | undefined;
  readonly cache: string | undefined;
  readonly json: string | undefined;
  readonly report: string;
}

/** What is trained, and on what: what a run that is resumed takes over. */
export interface Begun {
  readonly norms: readonly NormName[];
  /** None where not given. */
  readonly backends: readonly BackendName[];
  /** Where not given, what suits the comparison. */
  readonly samples: number | undefined;
  readonly epochs: number;
  readonly batchSize: number;
  readonly optimizer: OptimizerName;
  readonly learningRate: number;
  readonly seed: number;
  readonly download: boolean;
  readonly compare: (typeof COMPARISONS)[number] | undefined;
}

/** What was asked for. Paths are absolute: npm runs the program in another folder than the user's. */
export interface Options extends Begun, Paths {
  readonly resume: boolean;
}

export const PATHS: readonly (keyof Paths)[] = ['data', 'cache', 'json', 'report'];

export function isPath(name: keyof Options): name is keyof Paths {
  return (PATHS as readonly string[]).includes(name);
}

export interface CommandLine {
  readonly options: Options;
  /** The flags that stand there, under the names of what they set. */
  readonly given: ReadonlyMap<keyof Options, string>;
}

/**
 * The options on a command line. Help goes to the output and mistakes to the error output, and both end the process.
 */
export function parseOptions(args: readonly string[]): CommandLine {
  const command = commandLine().parse([...args], { from: 'user' });
  return { options: optionsOf(command.opts()), given: givenOn(command) };
}

function optionsOf(given: Given): Options {
  const { norm, backend, samples, data, cache, compare, json, report, resume, ...rest } = given;
  return {
    ...rest,
    norms: norm ?? NORMS,
    backends: backend ?? [],
    learningRate: rest.learningRate ?? LEARNING_RATES[rest.optimizer],
    samples,
    data: data && fromCaller(data),
    cache: cache && fromCaller(cache),
    compare,
    json: json && fromCaller(json),
    report: fromCaller(report),
    resume: resume ?? false,
  };
}

/** Two flags that take several names set what is in the plural. */
const PLURALS: Readonly<Record<string, keyof Options>> = { norm: 'norms', backend: 'backends' };

function givenOn(command: Command): ReadonlyMap<keyof Options, string> {
  const flags = command.options.filter((flag) => command.getOptionValueSource(flag.attributeName()) === 'cli');
  return new Map(
    flags.map((flag) => {
      const name = flag.attributeName();
      return [PLURALS[name] ?? (name as keyof Options), flag.long ?? flag.flags];
    }),
  );
}

/** npm runs this in the package's folder; a relative path is relative to where the user called npm. */
function fromCaller(path: string): string {
  return resolve(process.env['INIT_CWD'] ?? '.', path);
}

/** As commander has them: under the flags' names, and absent where not given. */
type Given = Omit<Options, 'norms' | 'backends' | 'learningRate' | 'resume'> & {
  readonly norm?: readonly NormName[];
  readonly backend?: readonly BackendName[];
  readonly learningRate?: number;
  readonly resume?: boolean;
};

function commandLine(): Command {
  return new Command('npm start --')
    .description(
      "Trains the tutorial's models on handwritten digits, one for each normalization, and reports how they did.",
    )
    .option('-n, --norm <names>', `one or several of ${NORMS.join(', ')} (default: all)`, several(NORMS))
    .option(
      '-b, --backend <names>',
      `one or several of ${BACKENDS.join(', ')} (default: the fastest at hand)`,
      several(BACKENDS),
    )
    .option('-s, --samples <count>', `training pictures (default: ${DEFAULTS.samples}; fewer with --compare)`, whole)
    .option('-e, --epochs <count>', 'times through them', whole, DEFAULTS.epochs)
    .option('--batch-size <count>', 'pictures in a step', whole, DEFAULTS.batchSize)
    .option('--optimizer <name>', `one of ${OPTIMIZERS.join(', ')}`, oneOf(OPTIMIZERS), DEFAULTS.optimizer)
    .option('--learning-rate <rate>', `its learning rate (default: ${defaultRates()})`, positive)
    .option('--seed <number>', 'of weights, order and dropout', whole, DEFAULTS.seed)
    .option('-d, --data <folder>', 'the four MNIST files (IDX, gzip or not)')
    .option('--no-download', 'MNIST from the cache, or the built-in digits')
    .option('--cache <folder>', "where downloads and checkpoints are kept (default: the user's cache directory)")
    .option(
      '-c, --compare <what>',
      'batch-size: batch and group norm at 2 to 32 pictures a step; backends: the same run on each',
      oneOf(COMPARISONS),
    )
    .option('--json <file>', 'write the results to this file as well')
    .option('--report <file>', 'the report to write', 'mnist-report.html')
    .option('--resume', 'go on where Ctrl-C stopped')
    .addHelpText('after', EXAMPLES);
}

const EXAMPLES = `
Examples:
  npm start -- --norm group,batch --epochs 3 --samples 60000
  npm start -- --compare batch-size
  npm start -- --compare backends --norm layer`;

function defaultRates(): string {
  return OPTIMIZERS.map((name) => `${name} ${LEARNING_RATES[name]}`).join(', ');
}

function several<T extends string>(names: readonly T[]) {
  return (text: string): T[] => {
    const chosen = text.split(',').map((name) => oneOf(names)(name.trim()));
    return [...new Set(chosen)];
  };
}

function oneOf<T extends string>(names: readonly T[]) {
  return (text: string): T => {
    const chosen = names.find((name) => name === text);
    if (chosen !== undefined) return chosen;
    throw new InvalidArgumentError(`There is no '${text}'; there is: ${names.join(', ')}.`);
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
