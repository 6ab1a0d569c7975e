import { parseArgs } from 'node:util';
import { BACKEND_NAMES, type BackendName, isBackendName } from '@normkit/shelf/backends';
import { CONTENDERS, type ContenderName } from './contenders.ts';
import type { Job } from './run.ts';
import { LARGE_SHAPES, labelOf, type Shape, shapesOn } from './shapes.ts';

export interface Options extends Job {
  /** In Chromium instead of Node. */
  readonly browser: boolean;
  /** The files to write. */
  readonly json: string | undefined;
  readonly markdown: string | undefined;
}

/** Something on the command line that has to change. */
export class UsageError extends Error {}

/** Those on which it is worth looking at, the usual one first. */
const STEP_BACKENDS: readonly BackendName[] = ['wasm', 'webgl'];
const USUAL = { rounds: '50', budget: '1' };
const QUICK = { rounds: '5', budget: '0.1' };

export const HELP = `Times normkit against TensorFlow.js's own operations, its stock layers, and a copy of the tensor.

  npm run bench -- [options]

  --backend NAME     ${BACKEND_NAMES.join(', ')} (default: cpu)
  --browser          in a page of headless Chromium instead of Node
  --shape SUBSTRING  only the shapes whose label contains it, as in 'layer' or '[32,128]'
  --large            and shapes of 64 and 256 MiB, for a GPU's bandwidth
  --only NAMES       only these columns, as in 'ours,copy' (default: ${CONTENDERS.join(',')})
  --step             the tutorial's training step instead of shapes, on ${STEP_BACKENDS.join(' or ')}, kernel by kernel
  --rounds N         at most N rounds (default: ${USUAL.rounds})
  --budget SECONDS   for each contender and row (default: ${USUAL.budget}); 5 rounds are run even so, 1 where a run takes over 2 s
  --quick            --rounds ${QUICK.rounds} --budget ${QUICK.budget}: a look, no numbers to quote
  --json FILE        writes the results to FILE as well
  --markdown FILE    and the tables, as the README has them
  --help`;

/**
 * The options in `args`, or `'help'`.
 *
 * @throws UsageError that says in one line what was expected.
 */
export function parseOptions(args: readonly string[]): Options | 'help' {
  const values = parse(args);
  if (values.help) return 'help';
  const { step = false, browser = false, backend = step ? 'wasm' : 'cpu', json, markdown } = values;
  const { rounds = USUAL.rounds, budget = USUAL.budget } = { ...(values.quick ? QUICK : {}), ...values };
  if (!isBackendName(backend)) {
    throw new UsageError(`no backend is called '${backend}'; there is: ${BACKEND_NAMES.join(', ')}`);
  }
  if (backend === 'webgl' && !browser) {
    throw new UsageError('webgl needs a browser: --browser runs it in Chromium');
  }
  const narrowed = values.shape !== undefined || values.large || values.only !== undefined;
  if (step && (narrowed || !STEP_BACKENDS.includes(backend))) {
    throw new UsageError(
      `--step is a model on ${STEP_BACKENDS.join(' or ')}; it goes with no other --backend, and with no --shape, --large or --only`,
    );
  }
  const limits = { rounds: count('--rounds', rounds), budget: 1000 * seconds('--budget', budget) };
  const shapes = shapesWith(values.shape ?? '', [...shapesOn(backend), ...(values.large ? LARGE_SHAPES : [])]);
  return { backend, shapes, only: contendersIn(values.only), limits, step, browser, json, markdown };
}

function shapesWith(substring: string, all: readonly Shape[]): Shape[] {
  const shapes = all.filter((candidate) => labelOf(candidate).includes(substring));
  if (shapes.length > 0) return shapes;
  throw new UsageError(`no shape contains '${substring}'; there are: ${all.map(labelOf).join(', ')}`);
}

function contendersIn(list: string | undefined): readonly ContenderName[] {
  const names = list?.split(',') ?? [];
  const unknown = names.find((name) => !CONTENDERS.some((known) => known === name));
  if (unknown !== undefined)
    throw new UsageError(`no column is called '${unknown}'; there are: ${CONTENDERS.join(', ')}`);
  return CONTENDERS.filter((name) => list === undefined || names.includes(name));
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        backend: { type: 'string' },
        browser: { type: 'boolean' },
        shape: { type: 'string' },
        large: { type: 'boolean' },
        only: { type: 'string' },
        step: { type: 'boolean' },
        rounds: { type: 'string' },
        budget: { type: 'string' },
        quick: { type: 'boolean' },
        json: { type: 'string' },
        markdown: { type: 'string' },
        help: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    // Node adds advice on positional arguments, which there are none of.
    throw new UsageError(`${error.message.split(/[.\n]/)[0]}; --help lists the options`);
  }
}

function count(option: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new UsageError(`${option} takes a whole number from 1, not '${text}'`);
  return value;
}

function seconds(option: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new UsageError(`${option} takes a number of seconds above 0, not '${text}'`);
  return value;
}
