// `@normkit/core/errors`: for packages that throw the house's errors and need no TensorFlow.js.
export { listText, shapeText, shortText, valueText } from './text.ts';

/** A call that cannot be carried out as written. It is thrown before any kernel of a norm runs, and leaves nothing behind. */
export class NormkitError extends Error {
  override readonly name: string = 'NormkitError';
  /** The function or layer that was called. */
  readonly op: string;
  /** The argument, option or part that has to change: `axis`, `gamma`, `config`, say. */
  readonly argument: string;

  constructor(op: string, argument: string, message: string) {
    super(`[normkit] ${op}: ${message}`);
    this.op = op;
    this.argument = argument;
  }
}
