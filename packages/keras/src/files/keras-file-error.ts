import { NormkitError, shortText } from '@normkit/core/errors';

/**
 * What is the matter with a file:
 * - `source`: the bytes could not be had, or the argument is no source of bytes
 * - `not-keras`: the bytes are something else than a file of Keras
 * - `cut-off`: the file ends before what it says it holds
 * - `damaged`: parts of the file contradict each other
 * - `unsupported`: the file is valid, and has a feature that is not read
 * - `too-large`: the file unfolds to more than `maxBytes`
 */
export type KerasFileProblem = 'source' | 'not-keras' | 'cut-off' | 'damaged' | 'unsupported' | 'too-large';

/** A file that cannot be opened or read. The message says what was expected, what came and what to do. */
export class KerasFileError extends NormkitError {
  override readonly name = 'KerasFileError';
  readonly problem: KerasFileProblem;
  /** Where in the file: its member, path or byte, from the outside in. */
  readonly place: string;
  /** The message without the place. */
  readonly detail: string;

  constructor(problem: KerasFileProblem, place: string, detail: string) {
    super('openKerasFile', 'source', `${place}: ${detail}`);
    this.problem = problem;
    this.place = place;
    this.detail = detail;
  }
}

/** Does a piece of work on a part of a file. Errors of the file get the name of that part before their place. */
export function inPlace<Result>(place: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw placed(place, error);
  }
}

/** `inPlace` for work that takes time. */
export async function inPlaceAsync<Result>(place: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw placed(place, error);
  }
}

function placed(place: string, error: unknown): unknown {
  if (!(error instanceof KerasFileError)) return error;
  return new KerasFileError(error.problem, `${nameText(place)}, ${error.place}`, error.detail);
}

/** A name out of a file, as messages show it: short, and without control characters. */
export function nameText(name: string): string {
  return shortText(name).replace(/[\p{Cc}\p{Cf}]/gu, '�');
}
