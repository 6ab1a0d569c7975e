import type { StatedTolerance } from './data.ts';
import type { Tolerance } from './entry.ts';

/** The tolerance of a source that has no units in the last place. */
export function stated(tolerance: StatedTolerance): Tolerance {
  if (tolerance.metric === 'ATOL' || tolerance.metric === 'ATOL_RTOL') return tolerance;
  throw new Error(`the tolerance ${tolerance.metric} is WebNN's alone`);
}

/** For what an entry of the data must have, and has not. */
export function notStated(what: string): never {
  throw new Error(`the entry states no ${what}`);
}
