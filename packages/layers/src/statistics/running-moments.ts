/** How many values there were of each channel, their mean, and the sum of their squared distances from it. */
export interface RunningMoments {
  readonly count: number;
  readonly mean: Float64Array;
  readonly squares: Float64Array;
}

/** Of one batch: mean and population variance of `count` values of each channel. */
export interface BatchMoments {
  readonly count: number;
  readonly mean: ArrayLike<number>;
  readonly variance: ArrayLike<number>;
}

export function noMoments(channels: number): RunningMoments {
  return { count: 0, mean: new Float64Array(channels), squares: new Float64Array(channels) };
}

/**
 * Adds the moments of a batch to the moments of all values so far, in double precision. A sum of squares would cancel,
 * so there is none.
 *
 * @see Chan, Golub and LeVeque 1979, "Updating Formulae and a Pairwise Algorithm for Computing Sample Variances".
 */
export function addMoments(running: RunningMoments, batch: BatchMoments): RunningMoments {
  const count = running.count + batch.count;
  if (count === 0) return running;
  const part = batch.count / count;
  const distance = running.mean.map((mean, channel) => (batch.mean[channel] ?? 0) - mean);
  return {
    count,
    mean: running.mean.map((mean, channel) => mean + (distance[channel] ?? 0) * part),
    squares: running.squares.map((squares, channel) => {
      const between = (distance[channel] ?? 0) ** 2 * running.count * part;
      return squares + (batch.variance[channel] ?? 0) * batch.count + between;
    }),
  };
}
