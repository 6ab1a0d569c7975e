import { NORMS } from '@normkit/shelf/tutorial/norm-names';
import { isListOf, isOneOf, isRecord, isWhole } from '../data/forms.ts';
import type { Activations, Histogram } from '../tutorial/activations.ts';
import { OPTIMIZERS } from '../tutorial/optimizer-names.ts';
import { isLayout, type Layout } from '../tutorial/snapshot.ts';
import type { Evaluation } from '../tutorial/trainer.ts';
import { BACKENDS } from './backends.ts';
import { type Begun, COMPARISONS } from './options.ts';

/** The first line of a checkpoint file: all but the long rows of numbers. */
export interface Header {
  readonly version: 3;
  readonly options: Begun;
  readonly fingerprint: string;
  readonly finished: readonly Finished[];
  readonly current?: Current | undefined;
}

export interface Length {
  /** Training pictures: what was asked for, or all that there are. */
  readonly samples: number;
  readonly steps: number;
}

interface Finished extends Length {
  readonly test: Evaluation;
  readonly activations?: Activations | undefined;
}

export interface Current extends Length {
  readonly weights: readonly Layout[];
  readonly optimizer: readonly Layout[];
}

/** Those of the options that a file may say. */
export function begunOf(options: Begun): Begun {
  const { norms, backends, samples, epochs, batchSize, optimizer, learningRate, seed, download, compare } = options;
  return { norms, backends, samples, epochs, batchSize, optimizer, learningRate, seed, download, compare };
}

/** The header in a line of text; `undefined` where it is none of this version. JSON has no NaN, and null instead. */
export function headerIn(line: string): Header | undefined {
  try {
    const found: unknown = JSON.parse(line, (_, value) => (value === null ? Number.NaN : value));
    return isHeader(found) ? { ...found, options: begunOf(found.options) } : undefined;
  } catch {
    return undefined;
  }
}

function isHeader(found: unknown): found is Header {
  if (!isRecord(found)) return false;
  const { version, options, fingerprint, finished, current } = found;
  if (version !== 3 || typeof fingerprint !== 'string') return false;
  return isBegun(options) && isListOf(isFinished, finished) && (current === undefined || isCurrent(current));
}

/** What the command line would take. */
function isBegun(found: unknown): found is Begun {
  if (!isRecord(found)) return false;
  const { norms, backends, samples, learningRate, download, compare } = found;
  const counts = [found['epochs'], found['batchSize'], found['seed'], ...(samples === undefined ? [] : [samples])];
  return (
    isSetOf(NORMS, norms) &&
    isSetOf(BACKENDS, backends) &&
    counts.every((count) => isWhole(count, 1)) &&
    isOneOf(OPTIMIZERS, found['optimizer']) &&
    isNumber(learningRate) &&
    learningRate > 0 &&
    typeof download === 'boolean' &&
    (compare === undefined || isOneOf(COMPARISONS, compare))
  );
}

/** At least one, and none twice. */
function isSetOf<T>(known: readonly T[], found: unknown): boolean {
  const isKnown = (value: unknown): value is T => isOneOf(known, value);
  return isListOf(isKnown, found) && found.length > 0 && new Set(found).size === found.length;
}

function isFinished(found: unknown): found is Finished {
  if (!isRecord(found) || !isLength(found)) return false;
  const { test, activations } = found as Readonly<Record<string, unknown>>;
  return hasNumbers(test, ['loss', 'accuracy']) && (activations === undefined || isActivations(activations));
}

function isCurrent(found: unknown): found is Current {
  if (!isRecord(found) || !isLength(found)) return false;
  const { weights, optimizer } = found as Readonly<Record<string, unknown>>;
  return isListOf(isLayout, weights) && isListOf(isLayout, optimizer);
}

function isLength({ samples, steps }: Readonly<Record<string, unknown>>): boolean {
  return isWhole(samples, 1) && isWhole(steps);
}

function isActivations(found: unknown): found is Activations {
  return isRecord(found) && isHistogram(found['before']) && isHistogram(found['after']);
}

function isHistogram(found: unknown): found is Histogram {
  return hasNumbers(found, ['low', 'high', 'mean', 'deviation']) && isListOf(isNumber, found['counts']);
}

function hasNumbers(found: unknown, names: readonly string[]): found is Readonly<Record<string, unknown>> {
  return isRecord(found) && names.every((name) => isNumber(found[name]));
}

/** NaN is one: a run may have come to nothing. */
function isNumber(found: unknown): found is number {
  return typeof found === 'number';
}
