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

/**
 * A kernel finds, while it runs, that it does not cover this call. The ops catch this error, and this error alone, and
 * compute the same answer from TensorFlow.js's own operations. What a backend knows beforehand it declares as a `Gap`.
 */
export class CapabilityGap extends Error {
  override readonly name: string = 'CapabilityGap';
  /** The gap's name, as the backend declared it. */
  readonly gap: string;

  constructor(gap: string, why: string) {
    super(`[normkit] not covered by this backend's kernels (${gap}): ${why}`);
    this.gap = gap;
  }
}
